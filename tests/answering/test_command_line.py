"""Asking, verifying and tightening from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from answering import Answering
from answering.answer_merging import Answer
from answering.answering import CONFIRMED
from tests.command import Run


def test_ask_from_the_command_line(coloured: Run, films: Path) -> None:
    outcome = coloured("ask", "What colour is it?", f"{films / 'first.mp4'}@0:10", "--json")
    assert outcome.status == 0, outcome.err
    (answer,) = json.loads(outcome.out)["answers"]
    assert answer["answer"] == "Green."
    assert (answer["start"], answer["end"]) == (7, 13)
    assert Path(answer["video"]) == films / "first.mp4"
    table = coloured("ask", "Is there a red picture?", "-o", "red.xspf")
    assert table.status == 0, table.err
    assert "first.mp4" in table.out and "Yes." in table.out
    assert "first.mp4" in Path("red.xspf").read_text()


def test_no_answer_is_said_and_is_status_one(coloured: Run, films: Path) -> None:
    outcome = coloured("ask", "When is there a yellow picture?", films / "first.mp4", "--json")
    assert outcome.status == 1
    assert json.loads(outcome.out)["answers"] == []
    assert "cannot tell" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["What is it?", "nowhere.mp4"], "Nothing in the library is called nowhere.mp4"),
        (["What is it?", "FILM@9:59"], "ends at 28 s"),
        (["What is it?", "FILM@soon"], "is no time in a video"),
        (["What is it?", "FILM@0:20-0:10"], "ends before it begins"),
        (["?"], "The question is empty"),
        (["What is it?", "--image", "none.png"], "is not there"),
        (["What is it?", "FILM", "--model", "no-such-model"], "There is no model"),
    ],
)
def test_mistakes_are_one_sentence(
    coloured: Run, films: Path, arguments: list[str], sentence: str
) -> None:
    given = [a.replace("FILM", str(films / "first.mp4")) for a in arguments]
    outcome = coloured("ask", *given)
    assert outcome.status == 2
    assert sentence in outcome.err
    assert "Traceback" not in outcome.err


def test_a_deleted_video_is_one_sentence(coloured: Run, films: Path) -> None:
    (films / "second.mp4").rename(films / "away")
    try:
        outcome = coloured("ask", "What is it?", films / "second.mp4")
        assert outcome.status == 2
        assert "moved or deleted" in outcome.err
        found = coloured("search", "blue picture", "--verify", "--json")
        moments = json.loads(found.out)["moments"]
        verdicts = {
            name: [m["verified"] for m in moments if Path(m["video"]).name == name]
            for name in ("first.mp4", "second.mp4")
        }
        assert set(verdicts["second.mp4"]) == {None}
        assert verdicts["first.mp4"][0] is True
        assert "second.mp4" in found.err
    finally:
        (films / "away").rename(films / "second.mp4")


def test_search_verifies_in_every_output(coloured: Run) -> None:
    outcome = coloured("search", "a red picture", "--json", "--verify")
    moments = json.loads(outcome.out)["moments"]
    verdicts = [m["verified"] for m in moments]
    assert verdicts == sorted(verdicts, reverse=True), "confirmed first, rejected last"
    assert True in verdicts and False in verdicts
    assert moments[0]["probability"] >= CONFIRMED > moments[-1]["probability"]
    for name in ("m.xspf", "m.m3u8", "m.html", "m.vtt", "m.csv", "m.jsonl", "m.edl", "m.otio"):
        assert coloured("search", "a red picture", "--verify", "-o", name).status == 0
        written = Path(name).read_text()
        if name.endswith((".csv", ".jsonl")):
            assert "verified" in written and "true" in written.lower()
        else:
            assert "✓" in written or "\\u2713" in written
    only = coloured("search", "a red picture", "--verified-only", "--json")
    assert {m["verified"] for m in json.loads(only.out)["moments"]} == {True}
    nothing = coloured("search", "a purple picture", "--verified-only", "--min-confidence", "0")
    assert nothing.status == 1
    assert "Nothing verified matches" in nothing.err


def test_a_saved_search_is_verified_as_what_it_stands_for(coloured: Run) -> None:
    coloured("save", "green", "a green picture")
    asked = ("--verify", "--json", "--min-confidence", "0")
    in_words = json.loads(coloured("search", "a green picture", *asked).out)["moments"]
    by_name = json.loads(coloured("search", "@green", *asked).out)["moments"]
    assert by_name == in_words
    assert {each["text"] for each in by_name[0]["criteria"]} == {"a green picture"}


def test_the_best_are_verified_in_whatever_order_they_are_shown(coloured: Run) -> None:
    """Of two that may be looked at, the red one is, though it was not made last."""
    outcome = coloured("search", "a red picture", "--sort", "video", "--verify", "1", "--json")
    moments = json.loads(outcome.out)["moments"]
    assert [Path(m["video"]).name for m in moments] == sorted(
        Path(m["video"]).name for m in moments
    )
    looked_at = [m for m in moments if m["verified"] is not None]
    assert looked_at == [max(moments, key=lambda m: m["score"])]
    only = coloured("search", "a red picture", "--limit", "1", "--verify", "3", "--json")
    (best,) = json.loads(only.out)["moments"]
    assert best["verified"] is True


def test_search_tightens(coloured: Run) -> None:
    outcome = coloured("search", "blue picture", "--tighten", "--json", "--in", "first.mp4")
    first = json.loads(outcome.out)["moments"][0]
    assert first["start"] == pytest.approx(21, abs=1)
    assert first["end"] == pytest.approx(28, abs=0.01)


def test_questions_from_stdin_go_on(
    coloured: Run, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    lines = "What colour is it?\nWhen is there a yellow picture?\nIs there a green picture?\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    outcome = coloured("ask", "--interactive", f"{films / 'first.mp4'}@0:10", "--json")
    assert outcome.status == 0
    assert outcome.out.count('"question"') == 3
    assert "Green." in outcome.out and "Yes." in outcome.out


def test_an_interrupt_keeps_what_was_answered(
    coloured: Run, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Answering, *arguments: object, **options: object) -> Iterator[object]:
        video = self._clips.video(films / "first.mp4")
        yield Answer(video, 0, 5_000, "Red.", 0.9)
        raise KeyboardInterrupt

    monkeypatch.setattr(Answering, "ask", interrupted)
    outcome = coloured("ask", "What colour is it?", "--json")
    assert outcome.status == 130
    assert json.loads(outcome.out)["answers"][0]["answer"] == "Red."


@pytest.mark.parametrize("named", ["first", "first.mp4", "in:first", "first@0:10", "fir*.mp4"])
def test_a_video_is_asked_about_by_what_it_is_called(
    coloured: Run, films: Path, named: str
) -> None:
    outcome = coloured("ask", "What colour is it?", named, "--json")
    assert outcome.status == 0, outcome.err
    (answer,) = json.loads(outcome.out)["answers"]
    assert Path(answer["video"]) == films / "first.mp4"


def test_of_several_their_best_moments_answer_and_a_time_is_refused(
    coloured: Run, films: Path
) -> None:
    several = coloured("ask", "Is there a blue picture?", films, "--json")
    assert several.status == 0, several.err
    assert f"Looking in {len(list(films.iterdir()))} videos." in several.err
    outcome = coloured("ask", "What is it?", f"{films.name}@0:10")
    assert outcome.status == 2
    assert "videos are called" in outcome.err and "name one" in outcome.err
    words = coloured("ask", "what", "is", "it")
    assert words.status == 2
    assert "Put the question in quotes" in words.err
