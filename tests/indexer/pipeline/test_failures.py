"""What a file's failure means: no video at all, a crash that may pass, damage that waits."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from commands.terminal.progress_bar import Speedometer
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import OnDemand, PartlyDescribedError
from indexer.describing.fake_describer import FakeDescriber
from indexer.errors import VideoError
from indexer.media.clip import Clip
from indexer.media.timeline import Timeline, read_timeline
from indexer.pipeline.estimate import Fate, fate
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Failed, Finished, NotVideo, Recognised, Unchanged
from indexer.pipeline.run import run as index
from indexer.pipeline.workload import Workload
from indexer.retry_policy import (
    CRASHED,
    DESCRIBER_CRASHED,
    HANGS,
    NO_PICTURE,
    is_no_video,
    may_pass,
)
from indexer.video import Video
from indexer.windows import Window
from tests.command import FAKE, Run
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger
from tests.media import render, steady


def memo(path: Path) -> Path:
    """Write a voice memo: sound, and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), "fltp", "mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_a_file_without_a_picture_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=f"^{NO_PICTURE}$"):
        read_timeline(memo(tmp_path / "memo.mp4"))
    assert is_no_video(NO_PICTURE)
    assert not is_no_video("it is empty (0 bytes)")


def test_a_run_counts_each_file_once_by_what_it_is(run: Run, tmp_path: Path) -> None:
    films = tmp_path / "films"
    film = render(films / "a.mp4", steady(4))
    shutil.copy(film, films / "b.mp4")
    memo(films / "memo.mp4")
    first = run("index", films, *FAKE)
    assert first.status == 0
    assert f"{films / 'memo.mp4'}: {NO_PICTURE}\n" in first.err
    assert first.out.startswith("Indexed 1 video: 1 window,")
    assert first.out.endswith(", 1 copy of others, 1 not a video.\n")
    second = run("index", films, *FAKE)
    assert second.out == "Indexed 0 videos: 0 windows, 2 unchanged, 1 not a video.\n"
    assert "memo" not in second.err, "it is said once"
    film.rename(films / "c.mp4")
    (films / "b.mp4").rename(films / "d.mp4")
    facts = json.loads(run("index", films, *FAKE, "--json").out)
    assert [facts[k] for k in ("unchanged", "copies", "moved", "not_videos")] == [0, 1, 1, 1]
    states = {Path(f["video"]).name: f["state"] for f in json.loads(run("list", "--json").out)}
    assert states == {"c.mp4": "described", "d.mp4": "described", "memo.mp4": "not a video"}
    assert run("list", "--state", "failed").status == 1
    assert "could not be read" not in run("doctor").out


def test_the_bars_files_end_at_the_number_of_files(tmp_path: Path) -> None:
    words = {"a": "one 30", "b": "one 30", "c": "two 40 20", "d": "bad", "e": "three 10"}
    paths = []
    for name, content in words.items():
        paths.append(tmp_path / f"{name}.mp4")
        paths[-1].write_text(content)

    class Hearing(DrawnWorker):
        def probe(self, path: Path) -> Video:
            if path.name == "e.mp4":
                raise VideoError(NO_PICTURE)
            return super().probe(path)

    ledger = MemoryLedger()
    job = Job(paths, RECIPE, Hearing, OnDemand(lambda: FakeDescriber(4)))
    for _ in range(2):
        workload = Workload(job, dict.fromkeys(paths, 9), ledger.file)
        meter = Speedometer(dict.fromkeys(paths, 9), workload)
        for item in index(job, ledger):
            meter.hear(item)
            assert meter.files <= len(paths)
        assert meter.files == len(paths)
    assert (meter.unchanged, meter.not_videos, len(meter.failed)) == (2, 1, 2)


def test_a_copy_is_told_from_a_file_that_moved(tmp_path: Path) -> None:
    one, other = tmp_path / "a.mp4", tmp_path / "b.mp4"
    one.write_text("one 30")
    ledger = MemoryLedger()

    def job(*paths: Path) -> Job:
        return Job(paths, RECIPE, DrawnWorker, OnDemand(lambda: FakeDescriber(4)))

    assert sum(isinstance(news, Finished) for news in index(job(one), ledger)) == 1
    shutil.copy(one, other)
    assert list(index(job(other), ledger)) == [Recognised(other, moved=False)]
    one.unlink()
    other.rename(tmp_path / "c.mp4")
    moved = tmp_path / "c.mp4"
    assert list(index(job(moved), ledger)) == [Recognised(moved, moved=True)]
    moved.touch()
    assert list(index(job(moved), ledger)) == [Unchanged(moved)], "only its date is another"


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (CRASHED, True),
        (f"{HANGS} (no frame in 120 s)", True),
        (DESCRIBER_CRASHED, True),
        ("it is empty (0 bytes)", False),
    ],
)
def test_a_crash_is_tried_again_by_the_next_run_damage_is_not(
    tmp_path: Path, error: str, passes: bool
) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("one 30")
    tries = []

    class Breaking(DrawnWorker):
        def probe(self, path: Path) -> Video:
            tries.append(path)
            if len(tries) == 1:
                raise VideoError(error)
            return super().probe(path)

    ledger = MemoryLedger()
    job = Job([path], RECIPE, Breaking, OnDemand(lambda: FakeDescriber(4)))
    assert list(index(job, ledger)) == [Failed(path, error)]
    assert may_pass(error) is passes
    assert fate(path, job, ledger.file) is (Fate.NEW if passes else Fate.FAILED)
    again = list(index(job, ledger))
    if passes:
        assert sum(isinstance(news, Finished) for news in again) == 1
    else:
        assert again == [Failed(path, error)]
    assert len(tries) == 1 + passes


def test_a_file_that_cannot_be_described_has_failed_once_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    for name, content in (("a", "one 30"), ("b", "two 1000"), ("c", "three 50")):
        (tmp_path / f"{name}.mp4").write_text(content)
    paths = sorted(tmp_path.iterdir())
    decoded: list[int] = []

    class Marking(DrawnWorker):
        def go_on(self, path: Path, timeline: Timeline | None) -> None:
            super().go_on(path, timeline)
            self._marked = path.name == "b.mp4"

        def clips(
            self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
        ) -> Iterator[Clip]:
            for clip in super().clips(windows, frames, edge, square):
                if self._marked:
                    decoded.append(clip.window.start_ms)
                    if clip.window.start_ms >= 20_000:
                        clip.frames[:] = 7
                yield clip

    class Ending(FakeDescriber):
        def describe(self, clips: Sequence[Clip]) -> list[str]:
            told = super().describe(clips)
            bad = [bool((clip.frames == 7).all()) for clip in clips]
            if any(bad):
                error = VideoError(DESCRIBER_CRASHED)
                raise PartlyDescribedError(
                    [error if is_bad else text for is_bad, text in zip(bad, told, strict=True)]
                )
            return told

    ledger = MemoryLedger()
    news = list(index(Job(paths, RECIPE, Marking, OnDemand(lambda: Ending(4))), ledger))
    failed = [each for each in news if isinstance(each, Failed)]
    assert failed == [Failed(paths[1], DESCRIBER_CRASHED)]
    finished = [each.video.path.name for each in news if isinstance(each, Finished)]
    assert sorted(finished) == ["a.mp4", "c.mp4"]
    assert [len(ledger.segments[name, RECIPE.key]) for name in ("one", "two", "three")] == [3, 2, 5]
    assert ledger.files[paths[1]].error == DESCRIBER_CRASHED
    assert len(decoded) < 100, "what is left of it is not decoded"
    again = list(index(Job(paths, RECIPE, DrawnWorker, OnDemand(lambda: FakeDescriber(4))), ledger))
    assert sum(isinstance(each, Finished) for each in again) == 1
    assert len(ledger.segments["two", RECIPE.key]) == 100


def test_no_video_is_not_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("one 30")

    class Deaf(DrawnWorker):
        def probe(self, path: Path) -> Video:
            raise VideoError(NO_PICTURE)

    ledger = MemoryLedger()
    describer = OnDemand(lambda: FakeDescriber(4))
    assert list(index(Job([path], RECIPE, Deaf, describer), ledger)) == [NotVideo(path, False)]
    job = Job([path], RECIPE, DrawnWorker, describer)
    assert list(index(job, ledger)) == [NotVideo(path, True)]
    assert fate(path, job, ledger.file) is Fate.NO_VIDEO


def test_index_says_what_the_next_run_will_try(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = tmp_path / "films"
    render(films / "a.mp4", steady(2))
    (films / "b.mp4").write_bytes(b"")
    with monkeypatch.context() as patched:

        def crash(self: DecodeWorker, path: Path) -> Video:
            raise VideoError(CRASHED if path.name == "a.mp4" else "it is empty (0 bytes)")

        patched.setattr("indexer.decoding.supervisor.DecodeWorker.probe", crash)
        outcome = run("index", films, *FAKE)
    assert outcome.status == 3
    assert f"{films / 'a.mp4'}: {CRASHED}; the next run tries again\n" in outcome.err
    assert f"{films / 'b.mp4'}: it is empty (0 bytes)\n" in outcome.err
    assert "left alone until the file changes; --retry" in outcome.err
    again = run("index", films, *FAKE)
    assert (again.status, again.out.startswith("Indexed 1 video")) == (3, True)
