"""How long describing takes is tried: warm, over several files, and with what else goes on."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.media.clip import Clip
from indexer.pipeline import trial as trials
from indexer.pipeline.estimate import Outlook
from indexer.pipeline.job import Job
from indexer.pipeline.trial import Trial, trial
from indexer.video import Video
from tests.doubles import RECIPE, DrawnWorker


class Clock:
    """A clock that the model and the decoder move on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(trials, "perf_counter", clock)
    monkeypatch.setattr(trials, "OthersShare", lambda: lambda: 0.0)
    return clock


class Slow(FakeDescriber):
    """Takes half a minute to load, a second for the first batch and a tenth for each window."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(4)
        self.clock, self.cold = clock, True
        clock.now += 30

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        self.clock.now += 0.1 * len(clips) + self.cold
        self.cold = False
        return super().describe(clips)


def job_of(paths: Sequence[Path], clock: Clock, stride_ms: int = 10_000) -> Job:
    class Opening(DrawnWorker):
        started = False

        def length_ms(self, path: Path) -> int:
            clock.now += 0 if self.started else 7  # a process starts
            self.started = True
            return super().length_ms(path)

        def probe(self, path: Path) -> Video:
            video = super().probe(path)
            clock.now += video.duration_ms / 100_000
            return video

    return Job(paths, replace(RECIPE, stride_ms=stride_ms), Opening, OnDemand(lambda: Slow(clock)))


def films(folder: Path, *contents: str) -> list[Path]:
    paths = [folder / f"{number}.mp4" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content)
    return paths


def test_one_short_file_does_not_stand_for_all(tmp_path: Path, clock: Clock) -> None:
    """A window each: what loading, the first file and the first batch cost is no window's time."""
    paths = films(tmp_path, "bad 1", *(f"film{n} 20" for n in range(12)))
    tried = trial(job_of(paths, clock, 60_000), paths)
    assert tried is not None
    assert (tried.least_s, tried.most_s) == (pytest.approx(0.1), pytest.approx(0.1))
    assert tried.opening_s == pytest.approx(0.01)
    outlook = Outlook(windows=1000, video_ms=20_000_000)
    assert tried.takes(outlook) == (pytest.approx(300), pytest.approx(300))


def test_a_single_batch_is_timed_warm(tmp_path: Path, clock: Clock) -> None:
    paths = films(tmp_path, "film 30")
    tried = trial(job_of(paths, clock), paths)
    assert tried is not None
    assert tried.most_s == pytest.approx(0.1)


def test_where_nothing_can_be_read_there_is_no_estimate(tmp_path: Path, clock: Clock) -> None:
    paths = films(tmp_path, "bad 1")
    assert trial(job_of(paths, clock), paths) is None
    assert clock.now == 7, "no model is loaded for that"


def test_a_busy_machine_makes_a_range() -> None:
    outlook = Outlook(windows=100, video_ms=1_000_000)
    assert Trial(1.0, 1.2, 0.0, 0.1).takes(outlook) == (100.0, 120.0)
    busy = Trial(1.0, 1.5, 0.01, 0.6)
    assert busy.busy
    assert busy.takes(outlook) == (pytest.approx(44), pytest.approx(160))
