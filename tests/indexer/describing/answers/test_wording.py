"""What a description says: openings, repetitions and cut ends go, everything else stays."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.highlights import highlights_of
from indexer.describing.answers import wording
from indexer.describing.answers.repetition import repeats, sentence_ends
from indexer.describing.answers.wording import cleaned, sentences
from indexer.errors import RequestError
from playlist.chapters import chapters
from search import Library
from search.exchange.descriptions import from_lines, to_line
from search.query.options import SearchOptions
from search.store.manifest import read
from tests.command import Run

LEFT_OUT = [
    ("The video shows a dog catching a frisbee.", "A dog catching a frisbee."),
    ("In this video, we can see a man playing guitar.", "A man playing guitar."),
    ("In the video, a man is running.", "A man is running."),
    ("The video clip also features two men on a boat.", "Two men on a boat."),
    ("We see a dog. The clip then shows a cat.", "A dog. A cat."),
    ("This is a short video of a cat.", "A cat."),
    ("The scene begins with a close-up shot of a cake.", "A cake."),
    ("The image appears to show that a car burns!", "A car burns!"),
    ("A man sits. A man sits. A man sits. A man", "A man sits."),
    ("A man sits. He eats. A man sits. He eats.", "A man sits. He eats."),
    ("The video shows a dog. The video shows a dog. The vid", "A dog."),
    ("A dog and a cat and a cat and a cat and a cat and a", "A dog and a cat"),
    ("A man and a woman, a man and a woman, a man and a woman.", "A man and a woman."),
    ("A man walks through a park. He then sits down on", "A man walks through a park."),
    ("The video shows", ""),
    ("The video.", ""),
    ("", ""),
    (" \n ", ""),
]
PIECES = ["a", "dog.", "runs", "and", "The", "video", "shows"]
STAYS = [
    "A man walks through a park and sits down on",
    "The video game shows a hero.",
    "A video camera stands on a tripod.",
    "The film crew shows a dog to the man.",
    "The scene takes place in a kitchen.",
    "Mr. Smith opens a door. He has 3.5 litres of milk.",
    "1. A man walks. 2. A dog runs.",
    'A woman says "Stop!" and runs.',
    "No, no, no.",
    "A man in a red shirt and a man in a red hat.",
    "人が歩いています。犬が走ります。",
]


@pytest.mark.parametrize(("text", "says"), LEFT_OUT)
def test_what_says_nothing_is_left_out(text: str, says: str) -> None:
    assert cleaned(text) == says


@pytest.mark.parametrize("text", STAYS)
def test_what_says_something_stays(text: str) -> None:
    assert cleaned(text).replace(" ", "") == text.replace(" ", "")


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES))))
def test_nothing_is_added_to_any_text(written: str | list[str]) -> None:
    text = written if isinstance(written, str) else " ".join(written)
    says = cleaned(text)
    assert len(says) <= len(text)
    assert set(re.findall(r"\w+", says.lower())) <= set(re.findall(r"\w+", text.lower()))


@given(st.lists(st.sampled_from(["A dog runs.", "It is sunny!", "Mr. X sits.", "Two cats"])))
def test_sentences_lose_nothing(told: list[str]) -> None:
    text = " ".join(told)
    assert " ".join(sentences(text)) == text


def test_a_sentence_said_twice_is_a_repetition_when_it_ends() -> None:
    end = 3
    sentence = [7, 8, 9, 10, end]
    answer = [5, 6, 4, 1, end, *sentence, *sentence, 7, 8]
    stops = [length for length in range(len(answer) + 1) if repeats(answer[:length], {end})]
    assert stops == [15], "after the sentence is there twice, not within it"


def test_three_rounds_of_the_same_are_a_repetition() -> None:
    assert not repeats([1, 2, 3, 4] * 2)
    assert repeats([9, 9, *[1, 2, 3, 4] * 3])
    assert not repeats([5] * 11), "a row of digits"
    assert repeats([5] * 12)


@pytest.mark.parametrize("answer", [[], [1], [1, 2, 3, 1, 2, 4, 1, 2, 5, 1, 2, 6] * 1])
def test_what_goes_on_is_no_repetition(answer: list[int]) -> None:
    assert not any(repeats(answer[:length], {6}) for length in range(len(answer) + 1))


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), min_size=1))
def test_every_loop_is_stopped(before: list[int], loop: list[int]) -> None:
    answer = before + loop * (2 + max(3, 12 // len(loop) + 1))
    assert any(repeats(answer[:length]) for length in range(len(answer) + 1))


def test_tokens_that_end_sentences() -> None:
    assert sentence_ends({"a": 0, ".": 1, "dog.": 2, "?!": 3, ".5": 4}) == {1, 2, 3}


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
            "search.store.writing.writer.embedded", lambda model, texts: model.documents(texts)
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
