"""The shape of the project: imports point left, and a heavy library is named in one place."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Who may import whom: the indexer knows nobody, the commands know everybody.
ALLOWED = {
    "toyworld": {"toyworld"},
    "indexer": {"indexer"},
    "search": {"search", "indexer"},
    "playlist": {"playlist", "search", "indexer"},
    "commands": {"commands", "playlist", "search", "indexer", "toyworld"},
    "cli.py": {"commands", "playlist", "search", "indexer"},
    "training": {"training", "toyworld", "indexer"},
}
OURS = {"toyworld", "indexer", "search", "playlist", "commands", "cli", "training"}
# Heavy libraries, and the packages that may name them.
HEAVY = {
    "torch": {"indexer", "training"},
    "transformers": {"indexer", "training"},
    "safetensors": {"indexer"},
    "openvino": {"indexer"},
    "nncf": {"indexer"},
    "decord": {"indexer"},
    "av": {"indexer", "toyworld"},
    "lancedb": {"search"},
    "pyarrow": {"search"},
    "sentence_transformers": {"search"},
    "lxml": {"playlist"},
    "opentimelineio": {"playlist"},
    "PIL": {"playlist"},
    "click": {"commands", "cli.py"},
    "rich": {"commands"},
}
MODULES = sorted(
    path
    for place in ALLOWED
    for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
)


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they point"
            names.add((node.module or "").split(".")[0])
    return names


def place_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_left_and_heavy_libraries_stay_home(path: Path) -> None:
    place, names = place_of(path), imported(path)
    assert names & OURS <= ALLOWED[place]
    for library, places in HEAVY.items():
        assert library not in names or place in places, f"{library} is named in {path}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_room_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("arguments", [["--help"], ["index", "--help"], ["search", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, cli\n"
        f"status = cli.run({arguments!r})\n"
        f"heavy = sorted(set({sorted(HEAVY)!r}) - {{'click', 'rich', 'lxml'}} & set(sys.modules))\n"
        "print('LOADED', [name for name in heavy if name in sys.modules], status)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert "LOADED [] 0" in out


def test_domain_code_does_not_print() -> None:
    for path in MODULES:
        if place_of(path) not in {"commands", "cli.py", "training"}:
            calls = [
                node.func.id
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            ]
            assert "print" not in calls, path
