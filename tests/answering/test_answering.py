"""Asking, verifying and tightening with a describer that names colours: every answer is known."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from answering import Answering
from answering.answer_merging import Answer, Unseen, Watched
from answering.answering import CONFIRMED
from answering.verifying import Checked
from answering.video_reference import VideoReference
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import Answerer, DescriberOptions, Picture, load_describer
from indexer.errors import ModelError, RequestError, VideoError
from indexer.media.clip import Clip
from indexer.windows import Window
from search.library import Library
from search.ranking.moments import Check, Moment
from tests.coloured_films import BLUE, RED
from tests.command import Run


@pytest.fixture
def answering(library: Library) -> Iterator[Answering]:
    with Answering(library, load_describer(DescriberOptions("fake:"))) as answering:
        yield answering


def moment(library: Library, path: Path, start_s: float, end_s: float) -> Moment:
    return Moment(library.video(path), round(1000 * start_s), round(1000 * end_s), 1.0, "words")


def answers(items: Iterator[object]) -> list[Answer]:
    return [item for item in items if isinstance(item, Answer)]


def test_a_moment_is_asked_about(answering: Answering, films: Path) -> None:
    place = VideoReference(films / "first.mp4", 10_000)
    (answer,) = answers(answering.ask("What colour is it?", place))
    assert (answer.text, answer.start_ms, answer.end_ms) == ("Green.", 7_000, 13_000)
    assert answer.video is not None and answer.video.path == films / "first.mp4"


def test_a_stretch_is_asked_about_yes_and_no(answering: Answering, films: Path) -> None:
    place = VideoReference(films / "first.mp4", 8_000, 14_000)
    (yes,) = answers(answering.ask("Is there a green picture?", place))
    assert (yes.text, yes.probability) == ("Yes.", pytest.approx(0.95))
    (no,) = answers(answering.ask("Is there a blue picture?", place))
    assert (no.text, no.probability) == ("No.", pytest.approx(0.95))


def test_a_whole_video_gives_one_answer_with_its_times(answering: Answering, films: Path) -> None:
    heard = list(
        answering.ask("When is there a blue picture?", VideoReference(films / "first.mp4"))
    )
    (answer,) = answers(iter(heard))
    assert [(w.done, w.total) for w in heard if isinstance(w, Watched)] == [(1, 3), (2, 3), (3, 3)]
    (shown,) = answer.rests_on
    assert abs(shown.start_ms - 21_000) <= 1_000
    assert shown.end_ms == 28_000
    assert answer.text in {"0:20 to 0:28", "0:21 to 0:28"}


def test_what_is_not_seen_has_no_answer(answering: Answering, films: Path) -> None:
    assert not answers(
        answering.ask("When is there a yellow picture?", VideoReference(films / "first.mp4"))
    )
    assert not answers(answering.ask("What is behind the purple picture?"))


def test_the_library_answers_from_its_best_moments(answering: Answering, films: Path) -> None:
    found = answers(answering.ask("Is there a red picture?"))
    assert [(a.text, a.video and a.video.path.name) for a in found] == [("Yes.", "first.mp4")]
    assert found[0].start_ms == 0
    assert found[0].probability is not None and found[0].probability >= CONFIRMED


def test_a_question_without_a_library_needs_a_video(films: Path) -> None:
    with Answering(None, load_describer(DescriberOptions("fake:"))) as answering:
        with pytest.raises(RequestError, match="There is no library"):
            list(answering.ask("Is there a red picture?"))
        assert answers(
            answering.ask("What colour is it?", VideoReference(films / "second.mp4", 1_000))
        )


def test_a_describer_that_cannot_answer_is_one_sentence() -> None:
    class Mute:
        edge, batch_size = 64, 8

        def describe(self, clips: object) -> list[str]:
            return []

    assert not isinstance(Mute(), Answerer)
    with pytest.raises(ModelError, match="can only describe"):
        Answering(None, Mute())


def test_verifying_confirms_and_rejects(
    answering: Answering, library: Library, films: Path
) -> None:
    green = moment(library, films / "first.mp4", 10, 20)
    blue = moment(library, films / "second.mp4", 0, 10)
    checked = list(answering.verify("a green picture", [blue, green]))
    verdicts = {c.number: c.moment.check for c in checked}
    assert verdicts[0] is not None and verdicts[0].verified is False
    assert verdicts[0].probability == pytest.approx(0.05)
    assert verdicts[1] is not None and verdicts[1].verified is True
    assert verdicts[1].probability == pytest.approx(0.95)
    assert [each.text for each in verdicts[1].criteria] == ["a green picture"]


def test_every_criterion_counts(answering: Answering, library: Library, films: Path) -> None:
    whole = moment(library, films / "first.mp4", 0, 20)
    (both,) = answering.verify("a red picture; a green picture", [whole])
    assert both.moment.check is not None and both.moment.check.verified is True
    (without,) = answering.verify('a red picture not:"green"', [whole])
    assert without.moment.check is not None and without.moment.check.verified is False
    assert [(c.text, c.wanted) for c in without.moment.check.criteria] == [
        ("a red picture", True),
        ("green", False),
    ]
    (steps,) = answering.verify('"a red picture" then "a green picture"', [whole])
    assert steps.moment.check is not None and steps.moment.check.verified is True


def test_verifying_stops_when_there_are_enough(
    answering: Answering, library: Library, films: Path
) -> None:
    many = [moment(library, films / "first.mp4", 8, 14)] * 20
    assert len(list(answering.verify("green", many, most=20, enough=1))) < 20
    assert len(list(answering.verify("green", many, most=3))) == 3


def test_a_hopeless_moment_is_not_looked_at_to_its_end(library: Library, films: Path) -> None:
    """Only the window that was found for it; one that may still be right is, to the end."""
    looked: list[Window] = []

    class Counting(DecodeWorker):
        def clips(self, windows: Sequence[Window], frames: int, edge: int) -> Iterator[Clip]:
            looked.extend(windows)
            return super().clips(windows, frames, edge)

    whole = moment(library, films / "first.mp4", 0, 28)
    text = library.segments(films / "first.mp4")[1].text
    fake = load_describer(DescriberOptions("fake:"))
    for hopeless, seen in ((0.1, [(10_000, 15_000), (15_000, 20_000)]), (0.0, [])):
        looked.clear()
        with Answering(library, fake, worker=Counting, hopeless=hopeless) as answering:
            (checked,) = answering.verify("a purple picture", [replace(whole, text=text)])
        assert checked.moment.check is not None and checked.moment.check.verified is False
        if seen:
            assert [(w.start_ms, w.end_ms) for w in looked] == seen
        else:
            assert sum(w.length_ms for w in looked) == 28_000


def test_a_video_that_is_gone_is_noted_and_not_judged(
    answering: Answering, library: Library, films: Path, tmp_path: Path
) -> None:
    there = moment(library, films / "first.mp4", 8, 14)
    gone = replace(there, video=replace(there.video, path=tmp_path / "gone.mp4"))
    checked = {c.number: c for c in answering.verify("green", [gone, there])}
    assert checked[0].moment.check == Check()
    assert "gone.mp4" in checked[0].note
    assert checked[1].moment.check is not None and checked[1].moment.check.verified is True


def test_a_video_that_breaks_off_is_confirmed_or_not_judged(library: Library, films: Path) -> None:
    class Breaking(DecodeWorker):
        def clips(self, windows: Sequence[Window], frames: int, edge: int) -> Iterator[Clip]:
            if windows[0].start_ms >= 15_000:
                raise VideoError("it breaks off")
            return super().clips(windows, frames, edge)

    whole = moment(library, films / "first.mp4", 0, 28)
    fake = load_describer(DescriberOptions("fake:"))
    with Answering(library, fake, worker=Breaking, hopeless=0.0) as answering:
        (red,) = answering.verify("a red picture", [whole])
        (blue,) = answering.verify("a blue picture", [whole])
    assert red.moment.check is not None and red.moment.check.verified is True
    assert blue.moment.check == Check()
    assert "breaks off" in blue.note


def test_borders_are_narrowed_to_within_a_second(
    answering: Answering, library: Library, films: Path
) -> None:
    found = moment(library, films / "first.mp4", 10, 20)
    (tight,) = answering.tighten("a green picture", [found])
    assert abs(tight.moment.start_ms - 7_000) <= 1_000
    assert abs(tight.moment.end_ms - 21_000) <= 1_000
    (first,) = answering.tighten("a red picture", [moment(library, films / "first.mp4", 0, 10)])
    assert first.moment.start_ms == 0
    assert abs(first.moment.end_ms - 7_000) <= 1_000


def test_borders_stay_where_nothing_is_seen(
    answering: Answering, library: Library, films: Path
) -> None:
    found = moment(library, films / "first.mp4", 10, 20)
    (same,) = answering.tighten("a yellow picture", [found])
    assert same.moment == found


def test_pictures_are_asked_about_together(answering: Answering) -> None:
    pictures = [
        Picture(np.full((8, 8, 3), colour, np.uint8), name)
        for name, colour in (("before", RED), ("after", BLUE))
    ]
    (answer,) = answers(answering.ask("What has changed?", pictures=pictures))
    assert answer.text == "before red, after blue"
    with pytest.raises(RequestError, match="at most 4 pictures"):
        list(answering.ask("What has changed?", pictures=pictures * 3))


def test_closing_early_leaves_the_answering_usable(answering: Answering, films: Path) -> None:
    asking = answering.ask("When is there a blue picture?", VideoReference(films / "first.mp4"))
    assert isinstance(next(asking), Watched)
    asking.close()
    assert answers(answering.ask("What colour is it?", VideoReference(films / "first.mp4", 10_000)))


def test_frames_are_decoded_once(library: Library, films: Path) -> None:
    decoded: list[Window] = []

    class Counting(DecodeWorker):
        def clips(self, windows: Sequence[Window], frames: int, edge: int) -> Iterator[Clip]:
            decoded.extend(windows)
            return super().clips(windows, frames, edge)

    place = VideoReference(films / "first.mp4")
    fake = load_describer(DescriberOptions("fake:"))
    with Answering(library, fake, worker=Counting) as answering:
        first = answers(answering.ask("When is there a blue picture?", place))
        once = len(decoded)
        assert once >= 3
        assert answers(answering.ask("When is there a blue picture?", place)) == first
        assert answers(answering.ask("Is there a green picture?", place))
        assert len(decoded) == once


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
        (["What is it?", "nowhere.mp4"], "is not there"),
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


def test_a_kept_answer_is_found_and_says_where_it_comes_from(coloured: Run, films: Path) -> None:

    def kept_answers() -> int:
        return int(json.loads(coloured("status", "--json").out)["kept_answers"])

    assert coloured("ask", "What is seen?", f"{films / 'first.mp4'}@0:10").status == 0
    assert kept_answers() == 0
    asked = "What colour is it, zeppelin-wise?"
    assert coloured("ask", asked, f"{films / 'first.mp4'}@0:10", "--keep").status == 0
    found = json.loads(coloured("search", "zeppelin-wise", "--json", "--min-confidence", "0").out)
    assert found["moments"][0]["text"] == f"{asked} Green."
    (kept,) = [
        line for line in map(json.loads, coloured("export").out.splitlines()) if "question" in line
    ]
    assert (kept["question"], kept["answer"], kept["answered_by"]) == (asked, "Green.", "fake: 1")
    assert coloured("ask", asked, f"{films / 'first.mp4'}@0:10", "--keep").status == 0
    assert kept_answers() == 1, "kept once"
    # Described anew, in other windows: the answer stays.
    assert coloured("index", films, "--window", "5").status == 0
    shown = json.loads(coloured("show", films / "first.mp4", "--json").out)["segments"]
    assert f"{asked} Green." in [each["text"] for each in shown]


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


def test_verifying_yields_each_as_it_comes(
    answering: Answering, library: Library, films: Path
) -> None:
    many = [moment(library, films / "first.mp4", 8, 14)] * 20
    checks = answering.verify("green", many, most=20)
    assert isinstance(next(checks), Checked)
    checks.close()


def test_an_unreadable_video_is_told(answering: Answering, films: Path) -> None:
    (films / "second.mp4").rename(films / "away")
    try:
        heard = list(answering.ask("Is there a blue picture?"))
    finally:
        (films / "away").rename(films / "second.mp4")
    assert {u.path.name for u in heard if isinstance(u, Unseen)} == {"second.mp4"}
    assert {a.video.path.name for a in answers(iter(heard)) if a.video} == {"first.mp4"}
