"""The Python door: the example of docs/python.md, run as it stands there, and its types."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import scenelist
from scenelist import Library, Moment, ScenelistError, Wishes, index, search
from tests.media import render, steady

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "python.md"


def example() -> str:
    """Return the guide's example."""
    found = re.search(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
    assert found
    return found.group(1)


def test_the_guides_example_runs_and_prints_a_moment(tmp_path: Path) -> None:
    (tmp_path / "Videos").mkdir()
    render(tmp_path / "Videos" / "clip.mp4", steady(3))
    out = subprocess.run(
        [sys.executable, "-c", example().replace('"256m"', '"toy"')],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    assert "clip.mp4 0 3000" in out


def test_the_guides_example_is_typed(tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(example(), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "pyproject.toml", str(script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_index_counts_and_names_what_failed(tmp_path: Path) -> None:
    render(tmp_path / "clip.mp4", steady(3))
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    wishes = Wishes(model="fake:")
    folder = tmp_path / "library"
    first = index(tmp_path, library=folder, wishes=wishes, embedder="fake:", offline=True)
    assert (first.windows, first.finished, first.unchanged) == (1, 1, 0)
    assert [path.name for path, _ in first.failed] == ["broken.mp4"]
    again = index(tmp_path / "clip.mp4", library=folder, offline=True)
    assert (again.windows, again.unchanged) == (0, 1)
    (moment,) = search("picture", library=folder, limit=1, offline=True)
    assert isinstance(moment, Moment)
    assert (moment.start_ms, moment.end_ms) == (0, 3_000)


def test_what_a_user_can_cause_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ScenelistError, match="no library"):
        search("a dog", library=tmp_path / "nowhere")
    assert scenelist.Library is Library
