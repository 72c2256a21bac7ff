"""Windows that show the same as the last: described once, with `--skip-still`, and it is said."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import DescriberOptions, OnDemand, load_describer
from indexer.describing.fake_describer import FakeDescriber
from indexer.describing.smolvlm import SmolVLM
from indexer.media.clip import Clip
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Batch, Described, Finished
from indexer.pipeline.run import run as index
from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window
from tests.command import FAKE, Run
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger
from tests.media import render, steady

STILL = replace(RECIPE, skip_still=True)


class Counting(FakeDescriber):
    """Remembers the windows it was shown."""

    def __init__(self, batch_size: int) -> None:
        super().__init__(batch_size)
        self.shown: list[Window] = []

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        self.shown += [clip.window for clip in clips]
        return super().describe(clips)


class Camera(DrawnWorker):
    """A fixed camera: the picture changes every minute."""

    def clips(
        self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
    ) -> Iterator[Clip]:
        for clip in super().clips(windows, frames, edge, square):
            shade = clip.window.start_ms // 60_000 % 2 * 255
            yield replace(clip, frames=np.full_like(clip.frames, shade))


class Sound(MemoryLedger):
    """Refuses words that were taken over from a window that is not kept."""

    def put(self, video: Video, recipe: Recipe, segments: Sequence[Segment]) -> None:
        super().put(video, recipe, segments)
        kept = self.segments[video.fingerprint, recipe.key]
        words = {window.start_ms: segment.text for window, segment in kept.items()}
        for segment in segments:
            if segment.same_as_ms is not None:
                assert segment.text == words[segment.same_as_ms]


def job(path: Path, describer: FakeDescriber, workers: int = 1, recipe: Recipe = STILL) -> Job:
    return Job([path], recipe, Camera, OnDemand(lambda: describer), lambda: workers)


def film(folder: Path, seconds: int) -> Path:
    path = folder / "a.mp4"
    path.write_text(f"one {seconds}")
    return path


def clip(picture: NDArray[np.uint8] | int, start_ms: int = 0, frames: int = 4) -> Clip:
    pictures = np.broadcast_to(np.asarray(picture, np.uint8), (frames, 90, 160, 3)).copy()
    times = tuple(start_ms + 1_000 * i for i in range(frames))
    return Clip(Window(start_ms, start_ms + 10_000), times, pictures)


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_only_windows_that_differ_are_described(tmp_path: Path, batch_size: int) -> None:
    path, ledger, describer = film(tmp_path, 245), Sound(), Counting(batch_size)
    news = list(index(job(path, describer), ledger))
    assert [window.start_ms for window in describer.shown] == [0, 60_000, 120_000, 180_000, 240_000]
    kept = ledger.segments["one", STILL.key]
    assert len(kept) == 25
    for window, segment in kept.items():
        minute_ms = window.start_ms // 60_000 * 60_000
        assert segment.same_as_ms == (None if window.start_ms == minute_ms else minute_ms)
        assert segment.text == f"A {'white' if minute_ms // 60_000 % 2 else 'black'} picture."
    assert kept[Window(10_000, 20_000)].transcript == "Hello there.", "what is said is its own"
    assert sum(isinstance(item, Described) for item in news) == 25
    assert sum(item.windows for item in news if isinstance(item, Batch)) <= 25
    assert sum(isinstance(item, Finished) for item in news) == 1


def test_without_the_option_each_is_described(tmp_path: Path) -> None:
    describer = Counting(4)
    list(index(job(film(tmp_path, 125), describer, recipe=RECIPE), MemoryLedger()))
    assert len(describer.shown) == 13


def test_each_stretch_begins_with_a_look_of_its_own(tmp_path: Path) -> None:
    path, ledger, describer = film(tmp_path, 480), Sound(), Counting(4)
    list(index(job(path, describer, workers=4), ledger))
    assert len(ledger.segments["one", STILL.key]) == 48
    assert {0, 120_000, 240_000, 360_000} <= {window.start_ms for window in describer.shown}
    assert len(describer.shown) == 8


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("news_before", [1, 2, 4, 9, 20])
def test_interrupted_it_goes_on_without_gaps(
    tmp_path: Path, batch_size: int, news_before: int
) -> None:
    path, ledger = film(tmp_path, 365), Sound()
    news = index(job(path, Counting(batch_size)), ledger)
    for _ in range(news_before):
        next(news)
    news.close()
    list(index(job(path, Counting(batch_size)), ledger))
    kept = ledger.segments["one", STILL.key]
    assert len(kept) == 37
    assert {s.text for w, s in kept.items() if w.start_ms < 60_000} == {"A black picture."}
    assert {s.text for w, s in kept.items() if 60_000 <= w.start_ms < 120_000} == {
        "A white picture."
    }


def test_hours_of_one_picture_do_not_gather(tmp_path: Path) -> None:
    """A batch that never fills does not hold up the windows that wait for it."""

    class Standing(DrawnWorker):
        def clips(
            self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
        ) -> Iterator[Clip]:
            for clip in super().clips(windows, frames, edge, square):
                yield replace(clip, frames=np.zeros_like(clip.frames))

    describer, ledger = Counting(8), Sound()
    todo = replace(job(film(tmp_path, 36_000), describer), worker=Standing)
    news = index(todo, ledger)
    seen = [next(news) for _ in range(1_000)]
    assert sum(isinstance(item, Batch) for item in seen) > 50, "the time left is kept up to date"
    assert ledger.segments, "kept while it goes on"
    list(news)
    assert len(ledger.segments["one", STILL.key]) == 3_600
    assert len(describer.shown) == 1


def test_libraries_from_before_stay_valid() -> None:
    assert replace(RECIPE, skip_still=False).key == RECIPE.key
    assert STILL.key != RECIPE.key
    assert RECIPE.key == "edcc5dd5e8a5f57e"


def road(frame: int, _: int) -> NDArray[np.uint8]:
    """Return a picture of a fixed camera with a little noise: a car passes from 12 to 16 s."""
    rng = np.random.default_rng(frame)
    picture = np.full((120, 200, 3), (90, 110, 90), np.int16)
    picture[60:100] = (60, 60, 66)
    if 300 <= frame < 400:
        left = (frame - 300) * 2
        picture[70:90, left : left + 40] = (220, 30, 30)
    return (picture + rng.integers(-4, 5, picture.shape)).astype(np.uint8)


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("road") / "road.mp4", steady(50), picture=road)


def test_a_filmed_fixed_camera(camera: Path) -> None:
    ledger, describer = Sound(), Counting(4)
    recipe = replace(STILL, frames=8)
    todo = Job([camera], recipe, DecodeWorker, OnDemand(lambda: describer))
    list(index(todo, ledger))
    assert [window.start_ms for window in describer.shown] == [0, 10_000, 20_000]


@pytest.mark.slow
def test_the_toys_words_are_its_own_or_those_of_the_same_picture(camera: Path) -> None:
    words: dict[bool, dict[int, Segment]] = {}
    for skip in (False, True):
        toy = load_describer(DescriberOptions("toy"))
        assert isinstance(toy, SmolVLM)
        ledger = MemoryLedger()
        recipe = replace(RECIPE, frames=8, skip_still=skip)
        list(index(Job([camera], recipe, DecodeWorker, OnDemand(lambda toy=toy: toy)), ledger))
        (kept,) = ledger.segments.values()
        words[skip] = {window.start_ms: segment for window, segment in kept.items()}
    taken = {start: s.same_as_ms for start, s in words[True].items() if s.same_as_ms is not None}
    assert taken == {30_000: 20_000, 40_000: 20_000}
    for start, segment in words[True].items():
        assert segment.text == words[False][taken.get(start, start)].text


def test_it_is_said_where_words_were_taken_over(run: Run, camera: Path) -> None:
    outcome = run("index", camera, *FAKE, "--skip-still")
    assert "2 showed the same as one before and took over its words" in outcome.out
    shown = run("show", camera).out.splitlines()
    assert [row for row in shown if "the same picture as at" in row] == shown[-2:]
    assert "0:20" in shown[-1].split("as at")[1]
    rows = json.loads(run("show", camera, "--json").out)["segments"]
    assert [row.get("same_as") for row in rows] == [None, None, None, 20.0, 20.0]
    exported = [json.loads(line) for line in run("export").out.splitlines()]
    assert [line.get("same_as") for line in exported] == [None, None, None, 20.0, 20.0]
    Path("out.jsonl").write_text(run("export").out)
    assert run("--library", "other", "import", "out.jsonl", "--embedder", "fake:").status == 0
    again = json.loads(run("--library", "other", "show", camera, "--json").out)["segments"]
    assert again == rows


def test_a_library_remembers_it(run: Run, camera: Path) -> None:
    assert run("index", camera, *FAKE, "--skip-still").status == 0
    assert "1 unchanged" in run("index", camera).out
    changed = json.loads(run("index", camera, "--no-skip-still", "--json").out)
    assert (changed["segments"], changed["taken_over"]) == (5, 0)


def test_what_came_from_elsewhere_may_say_anything(run: Run) -> None:
    for number, odd in enumerate(("x", -1, None, [1], 1e400)):
        line = {"video": f"/v/{number}.mp4", "start": 0, "end": 9, "text": "dog", "same_as": odd}
        Path("in.jsonl").write_text(json.dumps(line))
        assert run("import", "in.jsonl", "--embedder", "fake:").status == 0
        shown = run("show", f"/v/{number}.mp4")
        assert shown.status == 0, shown.err
        assert "same picture" not in shown.out
