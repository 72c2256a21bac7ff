"""In a pipe, a line now and then says how far something is that takes long."""

import json
from pathlib import Path

import pytest

from commands.terminal import console
from tests.command import Run


def test_an_import_says_how_far_it_is(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        json.dumps({"video": "/gone/a.mp4", "duration": 90, "start": n, "end": n + 1, "text": "x"})
        for n in range(3)
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    asked = ("import", tmp_path / "in.jsonl", "--embedder", "fake:")
    assert run(*asked).err == "", "what is quick needs no words"
    monkeypatch.setattr(console, "LINE_EVERY_S", 0.0)
    told = run("--library", tmp_path / "other", *asked).err.splitlines()
    assert told == [f"Importing: {n} of 3" for n in (1, 2, 3)]


def test_where_the_end_is_not_known_there_is_no_total(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "LINE_EVERY_S", 0.0)
    with console.progress_of("Importing") as told:
        told(12_000, 0)
    assert capsys.readouterr().err == "Importing: 12,000\n"
