"""What a model says, of what it wrote: shown, searched and made over in old libraries."""

import json
from pathlib import Path

import numpy as np
import pytest

from commands.highlights import highlights_of
from indexer.describing.answers import wording
from indexer.errors import RequestError
from playlist.chapters import chapters
from search import Library
from search.exchange.descriptions import from_lines, to_line
from search.query.options import SearchOptions
from search.store.manifest import read
from tests.command import Run


def line(start: int, text: str, **more: object) -> str:
    window = {"video": "/v/a.mp4", "duration": 90, "start": start, "end": start + 10}
    return json.dumps({**window, "text": text, **more})


WORDS = (
    "The video shows a red dog. The video shows a red dog. The vid",
    "",
    "The video",
    "In this clip we see a blue boat.",
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library.open(tmp_path / "library", create=True, embedder="fake:")
    lines = [line(20 * number, text) for number, text in enumerate(WORDS)]
    made.take_in(from_lines(lines, tmp_path))
    return made


def test_what_it_says_is_shown_and_its_own_words_are_kept(library: Library) -> None:
    says = ["A red dog.", "", "", "A blue boat."]
    assert [s.text for s in library.segments("/v/a.mp4")] == says
    best = library.search("a red dog", options=SearchOptions(context=1))[0]
    assert (best.text, best.after) == ("A red dog.", ("",))
    exported = [json.loads(to_line(d))["text"] for d in library.export()]
    assert sorted(exported) == sorted(WORDS)


def test_a_vector_is_of_what_it_says(library: Library) -> None:
    vectors = library.embeddings("/v/a.mp4")
    expected = library._embedder.documents(["A red dog.", "A blue boat."])
    assert np.allclose(vectors[[0, 3]], expected)
    assert not vectors[1:3].any()


@pytest.mark.parametrize("query", ["a red dog", "the video shows", '"the video"', "video"])
def test_an_empty_answer_is_never_found(library: Library, query: str) -> None:
    found = library.search(query, options=SearchOptions(min_confidence=0))
    assert all(moment.text for moment in found)
    assert {moment.start_ms for moment in found} <= {0, 60_000}


def test_quoted_words_are_those_shown(library: Library) -> None:
    assert not library.search('"video shows"', options=SearchOptions(min_confidence=0))
    assert library.search('"red dog"')[0].start_ms == 0


def test_there_is_nothing_like_an_empty_answer(library: Library) -> None:
    with pytest.raises(RequestError, match="Nothing is described"):
        library.search("like:a.mp4@0:25")


def test_a_library_of_before_is_embedded_anew_once(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "before"
    with monkeypatch.context() as before:
        before.setattr("search.store.writing.embedded_text.cleaned", lambda text: text)
        before.setattr(
            "search.store.writing.writer.embedded",
            lambda model, texts, told: model.documents(texts),
        )
        before.setattr("search.store.opening.WORDING", 0)
        old = Library.open(folder, create=True, embedder="fake:")
        lines = [line(20 * n, text) for n, text in enumerate((*WORDS, "A grey cat sits."))]
        old.take_in(from_lines(lines, tmp_path))
    old = Library.open(folder)
    assert old.wordy
    assert old.embeddings("/v/a.mp4")[1].any() or old.embeddings("/v/a.mp4")[2].any()
    asked: list[str] = []
    embed = type(old._embedder).documents

    def heard(model: object, texts: list[str]) -> object:
        asked.extend(texts)
        return embed(model, texts)  # type: ignore[arg-type]

    monkeypatch.setattr(type(old._embedder), "documents", heard)
    assert old.reembed() == 4, "what says all it wrote keeps its vector"
    assert asked == ["A red dog.", "A blue boat."]
    assert np.allclose(old.embeddings("/v/a.mp4")[:4], library.embeddings("/v/a.mp4"))
    assert not old.wordy
    assert read(folder).wording == wording.WORDING
    assert old.reembed() == 0
    assert not Library.open(folder).wordy


def test_doctor_says_so_and_index_and_reembed_see_to_it(
    run: Run, videos: Path, tmp_path: Path
) -> None:
    assert run("index", videos, "--model", "fake:", "--embedder", "fake:").status == 0
    manifest = tmp_path / "library" / "library.json"

    def as_before() -> None:
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"wording": 0}))

    as_before()
    assert "`scenelist reembed`" in run("doctor").out
    assert run("reembed").out.startswith("Embedded 0 descriptions with fake:")
    assert "`scenelist reembed`" not in run("doctor").out
    as_before()
    assert "Embedded 0 descriptions anew" in run("index", videos).err
    assert "anew" not in run("index", videos).err


def test_an_empty_answer_is_no_highlight_and_no_part_of_a_chapter(tmp_path: Path) -> None:
    says = ["A dog runs."] * 5
    lines = [line(10 * n, text) for n, text in enumerate((*says, "", "The video shows"))]
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    library.take_in(from_lines(lines, tmp_path))
    path = Path("/v/a.mp4")
    tracks = highlights_of(library, [path], 2)
    assert {track.text for track in tracks} == {"A dog runs."}
    spans = [
        (chapter.window.start_ms, chapter.window.end_ms, chapter.title)
        for chapter in chapters(library.segments(path), library.embeddings(path))
    ]
    assert spans == [(0, 50_000, "A dog runs"), (50_000, 70_000, "")]
