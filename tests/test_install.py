"""What gets installed: the small installation lists what searching needs, with our lower bounds."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from indexer.installation import describing_is_missing
from search.embedding.sentence_transformer import packaged
from tests.command import FAKE

ROOT = Path(__file__).parents[1]
# Only describing and embedding anew need these.
DESCRIBING = {
    *("torch", "torchvision", "transformers", "sentence-transformers", "decord2", "num2words"),
    *("chardet", "langcodes"),  # of subtitles
    "watchfiles",  # of index --watch
}


def test_the_small_installation_is_ours_without_what_describes() -> None:
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    ours = set(facts["project"]["dependencies"])
    lines = (ROOT / "requirements-search.txt").read_text("utf-8").splitlines()
    listed = {line for line in lines if line and not line.startswith("#")}
    left_out = {re.split(r"[>=<\[;]", name)[0] for name in ours - listed}
    assert listed <= ours
    assert left_out == DESCRIBING


@pytest.fixture
def without_torch(tmp_path: Path) -> str:
    """Return what, said first in a program, lets none of the describing packages be imported."""
    gone = ["torch", "torchvision", "transformers", "sentence_transformers", "safetensors"]
    gone += ["decord", "num2words", "chardet", "langcodes", "watchfiles"]
    return f"import sys\nsys.modules.update(dict.fromkeys({gone!r}))\n"


def call(program: str, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = f"{program}import cli\nsys.exit(cli.run({[str(a) for a in arguments]!r}))"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "HOME": str(cwd), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_search_and_playlists_need_no_torch(
    tmp_path: Path, without_torch: str, videos: Path
) -> None:
    library = ("--library", tmp_path / "searched")
    made = call("import sys\n", *library, "index", videos, *FAKE, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    asked = ("search", "a picture", "--min-confidence", "0", "-o", tmp_path / "p.xspf")
    found = call(without_torch, *library, *asked, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert "<trackList>" in (tmp_path / "p.xspf").read_text("utf-8")
    assert (
        "none: this installation searches"
        in call(without_torch, *library, "doctor", cwd=tmp_path).stdout
    )


@pytest.mark.skipif(packaged() is None, reason="the offline package is not installed")
def test_descriptions_are_imported_and_found_without_torch(
    tmp_path: Path, without_torch: str
) -> None:
    """One machine describes, another searches: `import` there makes a library of its own."""
    lines = [
        {"video": "/gone/a.mp4", "duration": 90, "start": 0, "end": 10, "text": "A dog runs."},
        {"video": "/gone/a.mp4", "duration": 90, "start": 10, "end": 20, "text": "A car stops."},
    ]
    (tmp_path / "two.jsonl").write_text("\n".join(map(json.dumps, lines)))
    library = ("--library", tmp_path / "x")
    done = call(without_torch, *library, "import", "two.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Imported 2 lines.\n"), done.stderr
    found = call(
        without_torch, *library, "search", "puppy", "--min-confidence", "0", "--json", cwd=tmp_path
    )
    assert json.loads(found.stdout)["moments"][0]["text"] == "A dog runs.", found.stdout
    export = call(without_torch, *library, "export", cwd=tmp_path)
    assert len(export.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    "asked",
    [
        ("index", "{videos}", "--model", "toy"),
        ("index", "{videos}"),
        ("demo", "{here}/demo"),
        ("doctor", "--model", "256m"),
        ("ask", "Who is it?", "{videos}/one.mp4", "--model", "toy"),
    ],
    ids=" ".join,
)
def test_describing_without_torch_is_told_at_once(
    tmp_path: Path, without_torch: str, videos: Path, asked: tuple[str, ...]
) -> None:
    told = [word.format(videos=videos, here=tmp_path) for word in asked]
    done = call(without_torch, "--library", tmp_path / "x", *told, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"Error: {describing_is_missing()}\n"
    assert not (tmp_path / "demo").exists()
