"""What a run hands out, file by file and stretch by stretch; threads only where one must wait."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest

from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.ledger import FileRecord
from indexer.media.timeline import Timeline
from indexer.pipeline.job import Item, Job, SharedLedger
from indexer.pipeline.planner import Opened, Planner, Stretch, stretches
from indexer.pipeline.progress import (
    Failed,
    Finished,
    Noticed,
    NotVideo,
    Recognised,
    Started,
    Subtitled,
    Unchanged,
)
from indexer.retry_policy import CRASHED, HANGS, NO_PICTURE
from indexer.segments import Segment
from indexer.speech.languages import Languages
from indexer.speech.transcript import Cue, Subtitles
from indexer.video import Video
from indexer.windows import Window, tile
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger


@pytest.mark.parametrize(
    ("windows", "workers", "lengths"),
    [(100, 1, [100]), (11, 4, [11]), (30, 4, [15, 15]), (62, 4, [15, 16, 15, 16])],
)
def test_no_stretch_is_short(windows: int, workers: int, lengths: list[int]) -> None:
    tiled = tile(Window(0, windows * 10_000), 10_000)
    parts = stretches(tiled, workers)
    assert [len(part) for part in parts] == lengths
    assert [window for part in parts for window in part] == tiled


OTHER = replace(RECIPE, prompt="What else?")
THREE = tile(Window(0, 30_000), 10_000)


def timeline_of(container: str) -> Timeline:
    return Timeline(
        Path("a"),
        0,
        container,
        "h264",
        np.array([0], np.int64),
        40,
        40,
        64,
        48,
        0,
        Fraction(0),
        True,
        False,
        True,
        "",
        0,
        (),
    )


class Timed(DrawnWorker):
    """A worker whose files lie in a given kind of container; None: nobody has read it."""

    def __init__(self, container: str | None = None, notes: Sequence[str] = ()) -> None:
        super().__init__()
        self.timeline: Any = timeline_of(container) if container else None
        self.notes = tuple(notes)
        self.turned_to: list[Path] = []

    def go_on(self, path: Path, timeline: Timeline | None) -> None:
        super().go_on(path, timeline)
        self.turned_to.append(path)

    def subtitles(self, languages: Languages) -> Subtitles:
        return replace(super().subtitles(languages), notes=self.notes)


def job(*paths: Path, **other: Any) -> Job:
    return Job(paths, RECIPE, DrawnWorker, OnDemand(lambda: FakeDescriber(4)), **other)


def planner(todo: Job, ledger: MemoryLedger | None = None, workers: int = 1) -> Planner:
    made = Planner(todo, SharedLedger(ledger if ledger is not None else MemoryLedger()))
    if workers:
        made.share_out(workers)
    return made


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / f"{name}.mp4"
    path.write_text(content)
    return path


def record(path: Path, fingerprint: str = "one", error: str = "") -> FileRecord:
    stat = path.stat()
    return FileRecord(path, fingerprint, stat.st_size, stat.st_mtime_ns, error, "")


def opened(todo: Job, ledger: MemoryLedger, worker: DrawnWorker | None = None) -> list[Item]:
    """Open the only file of a job as a decoding thread does, and return what comes of it."""
    plan = planner(todo, ledger)
    path = plan.next()
    assert isinstance(path, Path)
    return list(plan.open(path, worker or DrawnWorker()))


def described(path: Path) -> MemoryLedger:
    """Return a ledger in which all three windows of `one` are described."""
    ledger = MemoryLedger(files={path: record(path)}, done={"one": RECIPE.key})
    ledger.segments["one", RECIPE.key] = {w: Segment(w, "words") for w in THREE}
    return ledger


def test_files_come_in_order_and_their_stretches_before_the_next_file(tmp_path: Path) -> None:
    first, second = written(tmp_path, "a", "one 20"), written(tmp_path, "b", "two 20")
    plan = planner(job(first, second))
    assert plan.next() == first
    list(plan.open(first, DrawnWorker()))
    stretch = plan.next()
    assert isinstance(stretch, Stretch)
    assert stretch.windows == [Window(0, 10_000), Window(10_000, 20_000)]
    assert stretch.file.video.path == first
    assert stretch.file.left == 1
    assert plan.next() == second
    list(plan.open(second, DrawnWorker()))
    assert isinstance(plan.next(), Stretch)
    assert plan.next() is None
    assert plan.next() is None
    assert plan.twins == []


def test_stretches_come_in_order_of_time(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 480")
    plan = planner(job(path), workers=4)
    plan.next()
    list(plan.open(path, DrawnWorker()))
    parts = [plan.next() for _ in range(4)]
    starts = [part.windows[0].start_ms for part in parts if isinstance(part, Stretch)]
    assert starts == [0, 120_000, 240_000, 360_000]
    assert plan.next() is None


def test_a_stopped_planner_hands_out_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 20")
    plan = planner(job(path, path))
    plan.next()
    list(plan.open(path, DrawnWorker()))
    plan.stop()
    assert plan.next() is None


def waits(thread: Thread) -> bool:
    thread.join(0.3)
    return thread.is_alive()


def ended(thread: Thread) -> bool:
    thread.join(60)
    return not thread.is_alive()


class Asking(Thread):
    """A thread that asks for the next thing to do."""

    def __init__(self, plan: Planner) -> None:
        super().__init__(daemon=True)
        self.plan = plan
        self.got: list[Path | Stretch | None] = []
        self.start()

    def run(self) -> None:
        self.got.append(self.plan.next())


def test_whoever_asks_while_a_file_is_opened_waits_for_its_stretches(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 20")
    plan = planner(job(path))
    plan.next()
    other = Asking(plan)
    assert waits(other)
    list(plan.open(path, DrawnWorker()))
    assert ended(other)
    assert isinstance(other.got[0], Stretch)


def test_or_for_its_end_where_it_has_none(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "bad")
    plan = planner(job(path))
    plan.next()
    other = Asking(plan)
    assert waits(other)
    list(plan.open(path, DrawnWorker()))
    assert ended(other)
    assert other.got == [None]


def test_or_until_the_run_is_stopped(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 20")
    plan = planner(job(path))
    plan.next()
    other = Asking(plan)
    assert waits(other)
    plan.stop()
    assert ended(other)
    assert other.got == [None]


def test_a_file_whose_opening_is_given_up_is_waited_for_no_more(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 20")
    plan = planner(job(path))
    plan.next()
    opening = plan.open(path, DrawnWorker())
    next(opening)
    opening.close()  # type: ignore[attr-defined]  # a generator's
    assert plan.next() is None


def test_nothing_is_decoded_before_it_is_known_by_how_many(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 480")
    plan = planner(job(path), workers=0)
    plan.next()
    opening = Thread(target=lambda: list(plan.open(path, DrawnWorker())), daemon=True)
    opening.start()
    assert waits(opening)
    plan.share_out(2)
    assert ended(opening)
    assert [type(plan.next()) for _ in range(3)] == [Stretch, Stretch, type(None)]


def test_a_stop_ends_that_wait_too(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 480")
    plan = planner(job(path), workers=0)
    plan.next()
    opening = Thread(target=lambda: list(plan.open(path, DrawnWorker())), daemon=True)
    opening.start()
    assert waits(opening)
    plan.stop()
    assert ended(opening)


@pytest.mark.parametrize(
    ("container", "parts"),
    [(None, 4), ("mov,mp4,m4a,3gp,3g2,mj2", 4), ("matroska,webm", 4), ("avi", 1), ("mpegts", 1)],
)
def test_only_what_can_be_sought_in_is_decoded_in_stretches(
    tmp_path: Path, container: str | None, parts: int
) -> None:
    path = written(tmp_path, "a", "one 480")
    plan = planner(job(path), workers=4)
    plan.next()
    worker = Timed(container)
    list(plan.open(path, worker))
    stretch = plan.next()
    assert isinstance(stretch, Stretch)
    assert stretch.file.left == parts
    assert len(stretch.windows) == 48 // parts
    assert stretch.file.timeline is worker.timeline


@pytest.mark.parametrize(
    ("windows", "workers", "lengths"),
    [
        (1, 1, [1]),
        (23, 2, [23]),
        (24, 2, [12, 12]),
        (24, 9, [12, 12]),
        (25, 2, [12, 13]),
        (36, 3, [12, 12, 12]),
        (35, 3, [17, 18]),
        (24, 0, [24]),
    ],
)
def test_a_stretch_has_twelve_windows_or_more(
    windows: int, workers: int, lengths: list[int]
) -> None:
    parts = stretches(tile(Window(0, windows * 10_000), 10_000), workers)
    assert [len(part) for part in parts] == lengths


def file_of(path: Path, left: int) -> Opened:
    video = Video(path, "one", 6, 7, 60_000, Window(0, 60_000), 64, 48)
    return Opened(video, None, (), left)


def test_a_file_is_finished_with_its_last_stretch(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 60")
    plan, file = planner(job(path)), file_of(path, 2)
    assert list(plan.through(file)) == []
    assert list(plan.through(file)) == [Finished(file.video)]


def test_one_that_broke_is_not_and_says_so_once(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 60")
    ledger = MemoryLedger()
    plan, file = planner(job(path), ledger), file_of(path, 4)
    assert list(plan.through(file)) == []
    assert list(plan.through(file, "it breaks off")) == [Failed(path, "it breaks off")]
    assert list(plan.through(file, "it breaks off here too")) == []
    assert list(plan.through(file)) == []
    stat = path.stat()
    assert ledger.files[path] == FileRecord(
        path, "one", stat.st_size, stat.st_mtime_ns, "it breaks off", ""
    )


def test_what_breaks_because_the_run_is_stopped_is_not_held_against_the_file(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, "a", "one 60")
    ledger = MemoryLedger()
    plan, file = planner(job(path), ledger), file_of(path, 1)
    plan.stop()
    assert list(plan.through(file, "decoding was stopped")) == [
        Failed(path, "decoding was stopped")
    ]
    assert ledger.log == []


def test_what_is_gone_when_it_breaks_is_only_told(tmp_path: Path) -> None:
    path, ledger = tmp_path / "gone.mp4", MemoryLedger()
    plan, file = planner(job(path), ledger), file_of(path, 1)
    assert list(plan.through(file, "it was deleted")) == [Failed(path, "it was deleted")]
    assert ledger.log == []


def test_a_new_file_is_started_with_all_its_windows(tmp_path: Path) -> None:
    path, ledger = written(tmp_path, "a", "one 30"), MemoryLedger()
    (started,) = opened(job(path), ledger)
    assert isinstance(started, Started)
    assert (started.todo, started.done, started.video.path) == (3, 0, path)
    assert ledger.log == ["begin a.mp4"]


def test_one_that_was_begun_goes_on(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 30")
    ledger = described(path)
    ledger.done.clear()
    ledger.segments["one", RECIPE.key].pop(Window(10_000, 20_000))
    plan = planner(job(path), ledger)
    plan.next()
    (started,) = plan.open(path, DrawnWorker())
    assert isinstance(started, Started)
    assert (started.todo, started.done) == (1, 2)
    stretch = plan.next()
    assert isinstance(stretch, Stretch)
    assert stretch.windows == [Window(10_000, 20_000)]
    assert "subtitle one" not in ledger.log, "no other language is asked for"


def test_one_whose_windows_are_all_there_is_finished_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 30")
    ledger = described(path)
    ledger.done.clear()
    started, finished = opened(job(path), ledger)
    assert isinstance(started, Started)
    assert (started.todo, started.done) == (0, 3)
    assert finished == Finished(started.video)


def test_an_unchanged_file_is_not_opened(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 30")
    ledger, worker = described(path), Timed()
    assert opened(job(path), ledger, worker) == [Unchanged(path)]
    assert ledger.log == []
    assert worker.turned_to == []


@pytest.mark.parametrize("changed", ["size", "time"])
def test_one_of_another_size_or_time_is(tmp_path: Path, changed: str) -> None:
    path = written(tmp_path, "a", "one 30")
    ledger = described(path)
    if changed == "size":
        stat = path.stat()
        path.write_text("one 30 ")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    else:
        os.utime(path, ns=(1, 1))
    # It holds what it held: that is linked, and nothing has changed.
    assert opened(job(path), ledger) == [Unchanged(path)]
    assert ledger.log == ["link a.mp4"]
    assert ledger.files[path].mtime_ns == path.stat().st_mtime_ns


def test_a_copy_and_a_moved_file_are_recognised(tmp_path: Path) -> None:
    path, copy = written(tmp_path, "a", "one 30"), written(tmp_path, "b", "one 30")
    ledger = described(path)
    assert opened(job(copy), ledger) == [Recognised(copy, moved=False)]
    path.unlink()
    third = written(tmp_path, "c", "one 30")
    copy.unlink()
    assert opened(job(third), ledger) == [Recognised(third, moved=True)]


def test_a_path_with_another_content_that_is_known_is_recognised(tmp_path: Path) -> None:
    path, other = written(tmp_path, "a", "one 30"), written(tmp_path, "b", "two 30")
    ledger = described(path)
    ledger.files[other] = replace(record(other, "two"), mtime_ns=1)
    other.write_text("one 30")
    assert opened(job(other), ledger) == [Recognised(other, moved=False)]


def test_content_that_another_thread_has_is_left_for_later(tmp_path: Path) -> None:
    first, twin = written(tmp_path, "a", "one 30"), written(tmp_path, "b", "one 30")
    ledger = MemoryLedger()
    plan = planner(job(first, twin), ledger)
    plan.next()
    assert [type(item) for item in plan.open(first, DrawnWorker())] == [Started]
    plan.next()
    plan.next()
    assert list(plan.open(twin, DrawnWorker())) == []
    assert plan.twins == [twin]
    assert ledger.log == ["begin a.mp4"]


def test_a_missing_file_fails_in_the_systems_words(tmp_path: Path) -> None:
    path, ledger = tmp_path / "gone.mp4", MemoryLedger()
    assert opened(job(path), ledger) == [Failed(path, "No such file or directory")]
    assert ledger.log == []


def test_a_file_that_cannot_be_read_is_remembered(tmp_path: Path) -> None:
    path, ledger = written(tmp_path, "a", "bad"), MemoryLedger()
    assert opened(job(path), ledger) == [Failed(path, "it is damaged")]
    stat = path.stat()
    assert ledger.files[path] == FileRecord(
        path, "", stat.st_size, stat.st_mtime_ns, "it is damaged", ""
    )


def test_a_file_without_a_picture_is_no_failure(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 60")
    plan = planner(job(path))
    assert list(plan.through(file_of(path, 1), NO_PICTURE)) == [NotVideo(path, known=False)]
    ledger = MemoryLedger(files={path: record(path, error=NO_PICTURE)})
    assert opened(job(path), ledger) == [NotVideo(path, known=True)]


def test_what_failed_waits_for_a_change_or_to_be_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 30")
    ledger = MemoryLedger(files={path: record(path, "", "it is damaged")})
    assert opened(job(path), ledger) == [Failed(path, "it is damaged")]
    (tried,) = opened(job(path, retry=lambda one: one == path), ledger)
    assert isinstance(tried, Started)


@pytest.mark.parametrize("error", [CRASHED, f"{HANGS} (no frame in 120 s)"])
def test_what_a_decoder_died_of_is_tried_again(tmp_path: Path, error: str) -> None:
    path = written(tmp_path, "a", "one 30")
    ledger = MemoryLedger(files={path: record(path, "", error)})
    assert [type(item) for item in opened(job(path), ledger)] == [Started]


def test_another_recipe_describes_anew(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 30")
    (started,) = opened(replace(job(path), recipe=OTHER), described(path))
    assert isinstance(started, Started)
    assert (started.todo, started.done) == (3, 0)


def test_a_first_look_leaves_alone_what_is_described_or_begun(tmp_path: Path) -> None:
    path, copy = written(tmp_path, "a", "one 30"), written(tmp_path, "b", "one 30")
    look = replace(job(path), recipe=OTHER, first_look=True)
    assert opened(look, described(path)) == [Unchanged(path)]
    assert opened(replace(look, paths=[copy]), described(path)) == [Recognised(copy, moved=False)]
    begun = described(path)
    begun.done.clear()
    assert opened(look, begun) == [Unchanged(path)]
    assert [type(item) for item in opened(look, MemoryLedger())] == [Started]
    # Its own windows do not keep it from going on.
    own = described(path)
    own.done.clear()
    assert [type(i) for i in opened(replace(look, recipe=RECIPE), own)] == [Started, Finished]
    # In full, what another recipe began is no reason to stop.
    full = replace(look, first_look=False)
    assert [type(item) for item in opened(full, begun)] == [Started]


def said_by(todo: Job, worker: DrawnWorker) -> tuple[list[Item], Sequence[Cue]]:
    plan = planner(todo)
    path = plan.next()
    assert isinstance(path, Path)
    items = list(plan.open(path, worker))
    stretch = plan.next()
    assert isinstance(stretch, Stretch)
    return items, stretch.file.said


def test_subtitles_come_along_with_what_is_odd_about_them(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 30")
    items, said = said_by(job(path), Timed(notes=["a.srt cannot be read", "nor a.vtt"]))
    assert items[1:] == [Noticed(path, "a.srt cannot be read"), Noticed(path, "nor a.vtt")]
    assert said == (Cue(12_000, 15_000, "Hello there."),)
    items, said = said_by(job(path, languages=Languages("fr")), Timed())
    assert said == (Cue(12_000, 15_000, "Hello fr."),)
    items, said = said_by(job(path, subtitles=False), Timed(notes=["a.srt cannot be read"]))
    assert (len(items), said) == (1, ())


def test_a_language_that_is_asked_for_is_read_for_what_is_described(tmp_path: Path) -> None:
    path = written(tmp_path, "a", "one 30")
    ledger, worker = described(path), Timed(notes=["one cue is odd"])
    asks = job(path, languages=Languages("fr", "de"))
    assert opened(asks, ledger, worker) == [
        Unchanged(path),
        Noticed(path, "one cue is odd"),
        Subtitled(path, 1),
    ]
    assert worker.turned_to == [path]
    spoken = [s.transcript for s in ledger.segments["one", RECIPE.key].values()]
    assert spoken == ["", "Hello fr.", ""]
    assert opened(asks, ledger, Timed()) == [Unchanged(path)], "they say that already"


@pytest.mark.parametrize(
    "less",
    [
        {"languages": Languages("", "fr")},
        {"subtitles": False},
        {"renews_subtitles": False},
    ],
)
def test_but_not_where_nobody_asks_or_somebody_else_does_it(
    tmp_path: Path, less: dict[str, Any]
) -> None:
    path = written(tmp_path, "a", "one 30")
    ledger, worker = described(path), Timed()
    asks = job(path, **({"languages": Languages("fr")} | less))
    assert opened(asks, ledger, worker) == [Unchanged(path)]
    assert worker.turned_to == []
    assert ledger.log == []


def test_where_there_are_no_subtitles_what_is_said_stays(tmp_path: Path) -> None:
    class Silent(Timed):
        def subtitles(self, languages: Languages) -> Subtitles:
            return Subtitles()

    path = written(tmp_path, "a", "one 30")
    ledger = described(path)
    assert opened(job(path, languages=Languages("fr")), ledger, Silent()) == [Unchanged(path)]
    assert ledger.log == []


def test_a_video_that_is_half_described_says_the_language_asked_for_all_along(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, "a", "one 30")
    ledger = described(path)
    ledger.done.clear()
    ledger.segments["one", RECIPE.key].pop(Window(0, 10_000))
    opened(job(path, languages=Languages("fr")), ledger)
    assert ledger.segments["one", RECIPE.key][Window(10_000, 20_000)].transcript == "Hello fr."


def test_a_new_video_has_no_windows_to_be_told_anew(tmp_path: Path) -> None:
    path, ledger = written(tmp_path, "a", "one 30"), MemoryLedger()
    opened(job(path, languages=Languages("fr")), ledger)
    assert ledger.log == ["begin a.mp4"]


def test_threads_share_a_run(tmp_path: Path) -> None:
    """Whoever asks gets something else, and all of it is got once."""
    paths = [written(tmp_path, f"{i}", f"c{i} 240") for i in range(6)]
    plan, got = planner(job(*paths), workers=2), []

    def work() -> Iterator[None]:
        while (todo := plan.next()) is not None:
            if isinstance(todo, Path):
                list(plan.open(todo, DrawnWorker()))
            else:
                got.append((todo.file.video.fingerprint, todo.windows[0].start_ms))
            yield

    threads = [Thread(target=lambda: list(work()), daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    until = monotonic() + 60
    while any(thread.is_alive() for thread in threads) and monotonic() < until:
        sleep(0.01)
    assert sorted(got) == [(f"c{i}", start) for i in range(6) for start in (0, 120_000)]
