"""The shape of the project: imports point one way, and a heavy library is named in one folder."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Who may import whom, room by room: the indexer knows nobody, the commands know everybody.
ALLOWED: dict[str, set[str]] = {
    "indexer": set(),
    "search": {"indexer"},
    "playlist": {"search", "indexer"},
    "scenelist": {"playlist", "search", "indexer"},
    "answering": {"playlist", "search", "indexer"},
    "serve": {"answering", "playlist", "search", "indexer"},
    "commands": {"serve", "answering", "playlist", "search", "indexer", "toy"},
    "cli": {"commands", "playlist", "search", "indexer"},
    "toy": {"indexer"},
}
# A heavy library → the folders that may name it, with what lies in them: one in each room.
HEAVY: dict[str, tuple[str, ...]] = {
    "torch": ("indexer/describing", "toy/training"),
    "transformers": ("indexer/describing", "toy/training"),
    "safetensors": ("indexer/describing",),
    "openvino": ("indexer/describing/engines",),
    "nncf": ("indexer/describing/engines",),
    "peft": ("indexer/describing",),
    "decord": ("indexer/media/readers",),
    "av": ("indexer/media", "indexer/speech", "toy/world"),
    "faster_whisper": ("indexer/speech/transcribing",),
    "ctranslate2": ("indexer/speech/transcribing",),
    "psutil": ("indexer/processes",),
    "textual_image": ("commands/terminal",),
    "watchfiles": ("indexer/scanning",),
    "lancedb": ("search/store",),
    "pyarrow": ("search",),
    "sentence_transformers": ("search/embedding",),
    "lxml": ("playlist/formats",),
    "opentimelineio": ("playlist/formats",),
    "PIL": ("answering", "indexer/media"),
    "fastapi": ("serve",),
    "starlette": ("serve",),
    "uvicorn": ("serve",),
    "mcp": ("serve",),
    "ray": ("indexer/pipeline/ray_cluster",),
    "fsspec": ("indexer/scanning",),
    "httpx2": ("indexer/describing/servers",),
    "click": ("commands", "cli.py"),
    "rich": ("commands/terminal",),
}
# More files than this in one folder is a corridor; the command line has a file for each command.
MOST_FILES = 15
LISTS = {"commands": 40}
MODULES = sorted(
    path
    for room in ALLOWED
    for path in ([ROOT / f"{room}.py"] if room == "cli" else (ROOT / room).rglob("*.py"))
)


def dotted(path: Path) -> str:
    """Return a module's dotted name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {dotted(path) for path in MODULES}


def imported(path: Path) -> Iterator[str]:
    """Yield what a module imports, wherever in it, also for type checking only."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they point"
            module = node.module or ""
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield inner if inner in NAMES else module


def neighbours(folder: str) -> dict[str, set[str]]:
    """Return who imports whom among what lies directly in a folder, subfolders as one each.

    A folder's own `__init__` stands for nobody: it may offer what lies in it.
    """
    lead = f"{folder}." if folder else ""
    edges: dict[str, set[str]] = {}
    for path in MODULES:
        name = dotted(path)
        if not name.startswith(lead):
            continue
        child = name[len(lead) :].split(".")[0]
        targets = {
            target[len(lead) :].split(".")[0]
            for target in imported(path)
            if target.startswith(lead) and target in NAMES
        }
        edges.setdefault(child, set()).update(targets - {child})
    return edges


FOLDERS = sorted({dotted(path.parent / "__init__.py") for path in MODULES} - {""})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_left_and_heavy_libraries_stay_home(path: Path) -> None:
    room = dotted(path).split(".")[0]
    names = {target.split(".")[0] for target in imported(path)}
    assert names & set(ALLOWED) <= ALLOWED[room] | {room}
    where = path.relative_to(ROOT).as_posix()
    for library, homes in HEAVY.items():
        if library in names:
            assert any(where == home or where.startswith(f"{home}/") for home in homes), (
                f"{library} is named in {where}"
            )


@pytest.mark.parametrize("folder", ["", *FOLDERS])
def test_no_folder_runs_in_a_circle(folder: str) -> None:
    try:
        tuple(TopologicalSorter(neighbours(folder)).static_order())
    except CycleError as error:
        pytest.fail(f"a circle in {folder or 'the project'}: {' → '.join(error.args[1])}")


def test_no_module_runs_in_a_circle() -> None:
    edges = {dotted(p): {t for t in imported(p) if t in NAMES} - {dotted(p)} for p in MODULES}
    try:
        tuple(TopologicalSorter(edges).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' → '.join(error.args[1])}")


def drawn() -> dict[str, list[set[str]]]:
    """Return the order inside each room, as docs/architecture.md draws it."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    lines = re.findall(r"^(\w+): (.* ← .*)$", text, re.MULTILINE)
    return {room: [set(level.split(", ")) for level in order.split(" ← ")] for room, order in lines}


def test_the_plan_names_files_that_are_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    named = set(re.findall(r"\b[a-z_]+(?:/[a-z_]+)+\.py\b", text))
    assert len(named) > 40
    known = [path.as_posix() for path in (*MODULES, *(ROOT / "tests").rglob("*.py"))]
    gone = {name for name in named if not any(path.endswith(f"/{name}") for path in known)}
    assert not gone
    beside = set(re.findall(r"(?<![\w/])[a-z_]+\.py\b", text)) - {"cli.py"}
    assert not {name for name in beside if not any(path.endswith(f"/{name}") for path in known)}


@pytest.mark.parametrize("room", sorted(drawn()))
def test_inside_a_room_imports_point_left_as_drawn(room: str) -> None:
    order, edges = drawn()[room], neighbours(room)
    rest = set(edges) - set.union(*order)
    if {"…"} in order:
        order = [rest if level == {"…"} else level for level in order]
    assert set(edges) == set.union(*order), "what is drawn is what is there"
    left: set[str] = set()
    for level in order:
        for name in sorted(level - rest):
            assert edges[name] <= left, f"{room}/{name}"
        left |= level


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_folder_is_a_corridor(folder: str) -> None:
    files = [p for p in (ROOT / folder.replace(".", "/")).glob("*.py") if p.stem != "__init__"]
    assert len(files) <= LISTS.get(folder, MOST_FILES)


def test_every_folder_says_what_it_is_for() -> None:
    for folder in FOLDERS:
        door = ROOT / folder.replace(".", "/") / "__init__.py"
        assert ast.get_docstring(ast.parse(door.read_text("utf-8"))), folder


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_room_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


# Tests of what goes across modules, by the folder they lie in, each with what it is about.
BEHAVIOURS: dict[str, dict[str, str]] = {
    "": {
        "architecture": "the shape of the project",
        "install": "what an installation brings along",
    },
    "answering": {
        "command_line": "asking, verifying and tightening as commands",
        "kept_answers": "answers that were kept, from asking to export",
        "servers": "a served model answers as one would here",
    },
    "commands": {
        "answers": "what `search`, `more` and the others print",
        "cli": "a first look at every command",
        "hearing_again": "what another model or language has heard anew",
        "long_runs": "runs that are asked after, ended and gone on with",
        "names_and_mistakes": "videos by name, and mistyped ones",
        "progress_lines": "progress where there is no terminal",
        "last_answer": "numbers of the last answer",
        "servers": "`--server` on the command line",
    },
    "commands/terminal": {"result_lines": "a result's lines, of answers and confidence"},
    "indexer/decoding": {"long_video": "three hours take no more memory than one"},
    "indexer/describing": {
        "checkpoint_layouts": "every published layout describes, with both engines",
        "pictures_asked_about": "several pictures in a question, from prompt to answer",
        "squared_frames": "frames are as wide as high from the reader to the model",
    },
    "indexer/media": {"timeline_of_odd_files": "files that break off, leap or stand"},
    "indexer/pipeline": {
        "failures": "what a file's failure means, from the decoder to the next run",
        "skip_still": "windows that show the same, from the option to the library",
    },
    "indexer/pipeline/ray_cluster": {
        "ending_files": "files that end their workers",
        "interrupt": "Ctrl-C ends a run on a cluster",
    },
    "indexer/processes": {"out_of_memory": "too little memory is one sentence"},
    "indexer/speech": {"subtitle_choice": "one language of subtitles, from file to index"},
    "indexer/speech/transcribing": {"recorded_speech": "recorded speech with real weights"},
    "playlist": {"vlc": "playlists as real VLC plays them"},
    "scenelist": {"public_names": "the names for programs"},
    "search": {
        "cleaned_words": "what a model says, of what it wrote, from answer to search",
        "names_count": "names of videos and folders count in an answer",
        "said": "what is said is found beside what is seen",
        "upkeep": "a library over the years, by its commands",
    },
    "search/integrity": {"damage": "libraries that suffered are named and mended"},
    "search/query": {"fuzz": "whatever anybody may type"},
    "search/ranking": {"merging": "moments with values worked out by hand"},
    "serve": {"browser": "the page in a real browser"},
    "serve/access": {"attacks": "what a hostile client may try"},
    "serve/vlc": {"vlc": "the search box inside real VLC"},
    "toy/training": {"marked_words": "a question's marks on the tokens that train"},
}
TESTS = ROOT / "tests"
TEST_FILES = sorted(TESTS.rglob("test_*.py"))


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_a_test_is_found_as_its_code_is(path: Path) -> None:
    folder = path.parent.relative_to(TESTS).as_posix()
    rooms = {module.parent.relative_to(ROOT).as_posix() for module in MODULES}
    assert folder in rooms | {"benchmarks"}, "its folder is no room"
    name = path.stem.removeprefix("test_")
    known = name in BEHAVIOURS.get("" if folder == "." else folder, {})
    module = (ROOT / folder / f"{name}.py").exists() or (ROOT / folder / name).is_dir()
    assert module or known, f"{folder} has no {name}: name it after what it tests"
    assert not (module and known), "a test of a module stands in no list"


def test_behaviours_that_are_listed_have_tests() -> None:
    listed = {Path(at, f"test_{name}.py") for at, names in BEHAVIOURS.items() for name in names}
    assert listed <= {path.relative_to(TESTS) for path in TEST_FILES}


@pytest.mark.parametrize("arguments", [["--help"], ["index", "--help"], ["search", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, cli\n"
        f"status = cli.run({arguments!r})\n"
        f"heavy = sorted(set({sorted(HEAVY)!r}) - {{'click', 'rich', 'lxml'}} & set(sys.modules))\n"
        "print('LOADED', [name for name in heavy if name in sys.modules], status)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    ).stdout
    assert "LOADED [] 0" in out


def test_domain_code_does_not_print() -> None:
    for path in MODULES:
        where = path.relative_to(ROOT).as_posix()
        if not where.startswith(("commands/", "cli.py", "toy/training/")):
            calls = [
                node.func.id
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            ]
            assert "print" not in calls, path


# What may wait for ever unless it is told how long.
_WAITS = {"wait", "join", "communicate"}


@pytest.mark.parametrize(
    "path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS))
)
def test_every_wait_of_a_test_has_a_limit(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        given = {keyword.arg for keyword in node.keywords}
        if ast.unparse(node.func) == "subprocess.run":
            assert "timeout" in given, f"{path.name}:{node.lineno}"
        elif node.func.attr in _WAITS:
            ours = ast.unparse(node.func) == "workload.wait"  # which ends with its thread
            assert given or node.args or ours, f"{path.name}:{node.lineno}"
