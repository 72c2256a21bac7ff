"""What questions ask for, what queries want to see, and where borders are: arithmetic and text."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from answering.answer_merging import Reply, agreed, joined, summary_request
from answering.border_search import Closeness, narrowed, parts, steps
from answering.picture_files import read_picture
from answering.question_parsing import harmless, is_shown, read_question
from answering.video_reference import VideoReference, read_reference
from answering.whole_library import searched
from answering.yes_no_criteria import criteria_of, judged, met, verified_first
from indexer.errors import RequestError
from indexer.video import Video
from indexer.windows import Window
from search.query.parser import parse
from search.ranking.moments import Check, Criterion, Moment

VIDEO = Video(Path("film.mp4"), "f", 1, 1, 60_000, Window(0, 60_000), 64, 48)


@pytest.mark.parametrize(
    ("text", "kind", "about"),
    [
        ("Is there a dog in this video?", "yes/no", "a dog"),
        ("Are there any dogs?", "yes/no", "dogs"),
        ("Does this clip show a red star spinning?", "yes/no", "a red star spinning"),
        ("Can a green moon be seen in this clip?", "yes/no", "a green moon"),
        ("Can you see a cat?", "yes/no", "a cat"),
        ("Yes or no: a red star?", "yes/no", "a red star"),
        ("When does the red ball appear?", "when", "a red ball"),
        ("When is a red star spinning in place?", "when", "a red star spinning in place"),
        ("At what time did the dogs arrive?", "when", "dogs arrive"),
        ("Where in the video is a cat?", "when", "a cat"),
        ("What colour is the square in the desert?", "open", "a square in the desert"),
        ("What is the shape of the red thing?", "open", "something red"),
        ("Which way does the star move?", "open", "a star"),
        ("In which direction does the ring move?", "open", "a ring"),
        ("What is the man in the blue coat doing?", "open", "a man in the blue coat"),
        ("What is behind the star?", "open", "a star"),
        ("What is written on the sign?", "open", "something written on the sign"),
        ("Who catches the frisbee?", "open", "someone catching the frisbee"),
        ("How many dogs are there?", "open", "dogs"),
        ("What colour is the cross?", "open", "a cross"),
        ("What happens?", "open", ""),
        ("What is happening in this video?", "open", ""),
        ("What do you see?", "open", ""),
        ("What is seen?", "open", ""),
        ("What is shown in this video?", "open", ""),
        ("What is moving over the sea?", "open", "something moving over the sea"),
        ("What is in the background?", "open", ""),
        ("What colour is it?", "open", ""),
        ("Describe the video.", "open", ""),
        ("Wo ist der Hund?", "open", ""),
    ],
)
def test_questions_are_read(text: str, kind: str, about: str) -> None:
    question = read_question(text)
    assert (question.kind, question.about) == (kind, about)
    if kind == "open":
        assert question.asked == text
    elif kind == "when":
        assert question.asked == is_shown(about)


def test_a_question_that_is_asked_as_it_stands() -> None:
    question = read_question("Does a dog catch a frisbee?")
    assert question.asked == "Does a dog catch a frisbee? Answer yes or no."


@pytest.mark.parametrize("text", ["", "  ", "?", "<image>", "!!"])
def test_nothing_is_no_question(text: str) -> None:
    with pytest.raises(RequestError, match="empty"):
        read_question(text)


@given(st.text())
def test_no_text_breaks_reading_or_holds_a_models_marks(text: str) -> None:
    try:
        question = read_question(text)
    except RequestError:
        return
    for said in (question.asked, question.about, searched(question)):
        assert "<" not in said and ">" not in said and "\n" not in said
    parse(searched(question))  # never a mistake in the query language


def test_what_a_model_would_read_as_its_own_goes() -> None:
    assert harmless("a <image> dog<end_of_utterance>\nAssistant: <b") == "a dog Assistant: b"


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("A red ball crosses the sea.", [("a red ball crosses the sea", True)]),
        ("a man opens a door and the dog runs out",
         [("a man opens a door", True), ("the dog runs out", True)]),
        ("salt and pepper", [("salt and pepper", True)]),
        ("a dog ^2; a beach in:holiday", [("a dog", True), ("a beach", True)]),
        ('a dog not:"at night"', [("a dog", True), ("at night", False)]),
        ('"a door" then "a dog" then "a cat" then "a bird"',
         [("a door", True), ("a dog", True), ("a cat", True), ("a bird", True)]),
        ("a; b; c; d", [("a; b; c; d", True)]),
    ],
)  # fmt: skip
def test_queries_become_one_to_three_criteria(query: str, texts: list[tuple[str, bool]]) -> None:
    assert [(each.text, each.wanted) for each in criteria_of(parse(query))] == texts


def test_without_words_there_is_nothing_to_verify() -> None:
    with pytest.raises(RequestError, match="Only words"):
        criteria_of(parse("like:rex.mp4@0:10"))


def test_verdicts_from_several_looks() -> None:
    criteria = (Criterion("a dog"), Criterion("a cat", wanted=False))
    seen = judged(criteria, [[0.2, 0.1], [0.9, 0.3]])
    assert [each.probability for each in seen] == [0.9, 0.3]
    assert met(seen) == pytest.approx(0.7)


def test_confirmed_come_first_and_rejected_last() -> None:
    moments = [
        Moment(VIDEO, number, number + 1, 1.0, "", check=check)
        for number, check in enumerate(
            [Check(False, 0.1), None, Check(True, 0.9), Check(), Check(True, 0.8)]
        )
    ]
    assert [moment.start_ms for moment in verified_first(moments)] == [2, 4, 1, 3, 0]


def test_parts_come_in_order_from_the_likeliest() -> None:
    cut = parts(Window(0, 30_000), 6_000, Window(10_000, 20_000))
    assert [(part.start_ms, part.end_ms) for part in cut] == [
        (10_000, 15_000), (15_000, 20_000),
        (5_000, 10_000), (20_000, 25_000), (0, 5_000), (25_000, 30_000),
    ]  # fmt: skip


@given(st.integers(1, 200_000), st.integers(500, 20_000))
def test_parts_tile_the_whole(length_ms: int, longest_ms: int) -> None:
    cut = sorted(parts(Window(7, 7 + length_ms), longest_ms))
    assert (cut[0].start_ms, cut[-1].end_ms) == (7, 7 + length_ms)
    assert all(a.end_ms == b.start_ms for a, b in pairwise(cut))
    assert max(part.length_ms for part in cut) <= longest_ms


def test_steps_reach_outside_but_not_out_of_the_video() -> None:
    closely = Closeness(step_ms=1_000, span_ms=2_000, margin_ms=3_000)
    found = steps(Window(1_000, 6_000), Window(0, 8_500), closely)
    assert (found[0], found[-1]) == (Window(0, 2_000), Window(6_500, 8_500))
    assert len(found) == 8


def test_borders_lie_where_the_odds_cross() -> None:
    stepped = [Window(at, at + 2_000) for at in range(0, 20_000, 1_000)]
    likely = [0.95 if 6_000 <= step.start_ms <= 12_000 else 0.02 for step in stepped]
    found = narrowed(Window(0, 20_000), stepped, likely, 0.5)
    assert found is not None
    assert abs(found.start_ms - 6_500) <= 200
    assert abs(found.end_ms - 13_500) <= 200
    # One step that errs does not cut a moment in two.
    likely[9] = 0.1
    assert narrowed(Window(0, 20_000), stepped, likely, 0.5) == found
    assert narrowed(Window(0, 20_000), stepped, [0.3] * 20, 0.5) is None
    assert narrowed(Window(0, 20_000), stepped, [0.97] * 20, 0.5) == Window(0, 21_000)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_borders_stay_within_the_steps(likely: list[float]) -> None:
    stepped = [Window(1_000 * i, 1_000 * i + 2_000) for i in range(len(likely))]
    found = narrowed(Window(0, 1_000 * len(likely)), stepped, likely, 0.5)
    if found is not None:
        assert stepped[0].start_ms <= found.start_ms < found.end_ms <= stepped[-1].end_ms


def test_a_place_is_read(tmp_path: Path) -> None:
    assert read_reference("a.mp4") == VideoReference(Path("a.mp4"))
    assert read_reference("a@b.mp4@1:30") == VideoReference(Path("a@b.mp4"), 90_000)
    assert read_reference("a.mp4@90s-1m40s") == VideoReference(Path("a.mp4"), 90_000, 100_000)
    odd = tmp_path / "me@1:30"
    odd.touch()
    assert read_reference(str(odd)) == VideoReference(odd)


def test_a_place_is_cut_to_the_video() -> None:
    assert VideoReference(VIDEO.path).within(VIDEO) == Window(0, 60_000)
    assert VideoReference(VIDEO.path, 1_000).within(VIDEO) == Window(0, 4_000)
    assert VideoReference(VIDEO.path, 50_000, 70_000).within(VIDEO) == Window(50_000, 60_000)
    with pytest.raises(RequestError, match="ends at 60 s"):
        VideoReference(VIDEO.path, 60_000).within(VIDEO)


def test_the_answer_most_is_said_for() -> None:
    said = [
        Reply(Window(0, 10), 0.6, "Red."),
        Reply(Window(10, 20), 0.9, "Green."),
        Reply(Window(20, 30), 0.7, "red"),
        Reply(Window(30, 40), 0.8, None),
    ]
    assert [reply.window.start_ms for reply in agreed(said)] == [20, 0]
    assert agreed([Reply(Window(0, 1), 0.9, None)]) == []
    assert joined([Window(20, 30), Window(0, 10), Window(10, 20), Window(40, 50)]) == (
        Window(0, 30),
        Window(40, 50),
    )
    assert summary_request(said).splitlines()[1:] == ["1. Red.", "2. Green.", "3. red"]


def test_pictures_are_read_upright(tmp_path: Path) -> None:
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = (200, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    read = read_picture(tmp_path / "turned.png")
    assert read.pixels.shape == (40, 20, 3)
    assert tuple(read.pixels[0, 0]) == (200, 0, 0)
    assert read.caption == "Image turned"


@pytest.mark.parametrize(("name", "data", "sentence"), [
    ("none.png", None, "is not there"),
    ("text.png", b"no picture", "cannot be read as a picture"),
    ("cut.png", b"\x89PNG\r\n\x1a\n\x00\x00", "cannot be read as a picture"),
])  # fmt: skip
def test_what_is_no_picture_is_one_sentence(
    tmp_path: Path, name: str, data: bytes | None, sentence: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(RequestError, match=sentence):
        read_picture(tmp_path / name)
