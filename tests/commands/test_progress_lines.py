"""In a pipe, a line now and then says how far something is that takes long."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from commands.terminal import console
from search.embedding.fake_embedder import FakeEmbedder
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
    assert told[-1] == "Importing: 3 of 3"


def test_an_import_tells_of_what_is_in_not_of_what_is_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Embedding is what takes long: between two times that it tells, few texts are embedded."""
    at_once: list[int] = []

    def documents(embedder: FakeEmbedder, texts: Sequence[str]) -> NDArray[np.float32]:
        at_once.append(len(texts))
        return embedder.queries(texts)

    monkeypatch.setattr("search.store.writing.embedded_text._TOLD_EVERY", 256)
    monkeypatch.setattr(FakeEmbedder, "queries", FakeEmbedder.documents)
    monkeypatch.setattr(FakeEmbedder, "documents", documents)
    monkeypatch.setattr(console, "LINE_EVERY_S", 0.0)
    window = {"video": "/gone/a.mp4", "duration": 9000}
    lines = [{**window, "start": n, "end": n + 1, "text": f"text {n % 900}"} for n in range(1000)]
    lines += [{**window, "start": n, "end": n + 1, "said": f"word {n}"} for n in range(600)]
    (tmp_path / "in.jsonl").write_text("\n".join([*map(json.dumps, lines), "", "wrong"]))
    outcome = run("import", tmp_path / "in.jsonl", "--embedder", "fake:")
    told = [line for line in outcome.err.splitlines() if line.startswith("Importing")]
    assert list(dict.fromkeys(told)) == [
        f"Importing: {done:,} of 1,601" for done in (357, 613, 869, 1001, 1257, 1513, 1601)
    ]
    assert max(at_once) == 256


def test_where_the_end_is_not_known_there_is_no_total(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "LINE_EVERY_S", 0.0)
    with console.progress_of("Importing") as told:
        told(12_000, 0)
    assert capsys.readouterr().err == "Importing: 12,000\n"
