"""Moments are confirmed, rejected or left unjudged, with a describer that names colours."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from answering import Answering
from answering.verifying import Checked
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import DescriberOptions, load_describer
from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.windows import Window
from search.library import Library
from search.ranking.moments import Check
from tests.answering.known_moments import moment


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


def test_verifying_yields_each_as_it_comes(
    answering: Answering, library: Library, films: Path
) -> None:
    many = [moment(library, films / "first.mp4", 8, 14)] * 20
    checks = answering.verify("green", many, most=20)
    assert isinstance(next(checks), Checked)
    checks.close()
