"""Frames reach the model as its tower reads them, and decoding begins while it is being loaded."""

import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import av
import numpy as np
import pytest
import torch

from benchmarks.gpu import _by_way_of
from benchmarks.real_size import SIZES
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.checkpoints import TOY
from indexer.describing.describer import Checkpoint, DescriberOptions, OnDemand, load_describer
from indexer.describing.fake_describer import FakeDescriber
from indexer.describing.smolvlm import SmolVLM, frame_size
from indexer.media.clip import Clip
from indexer.media.frame_conversion import squared
from indexer.media.readers.reader import FrameSize, open_reader
from indexer.media.timeline import read_timeline
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Batch
from indexer.pipeline.run import run
from indexer.windows import Window
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger

SIDE = 512
WINDOW = Window(0, 1_000)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of 1080p: soft shapes of every colour, and fine lines that shrinking must mix."""
    path = tmp_path_factory.mktemp("film") / "large.mp4"
    down, across = np.mgrid[0:1080, 0:1920]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        stream.options = {"crf": "12", "preset": "ultrafast", "bf": "0"}
        for number in range(8):
            waves = [np.sin((down + 9 * number) / 90), np.cos(across / 130), np.sin(down / 2)]
            picture = np.stack([127 + 90 * wave for wave in waves], -1).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("reader", ["sparse", "decord", "pyav"])
def test_frames_are_squared_as_they_are_decoded(film: Path, reader: str) -> None:
    """Nearly as the published settings have it by way of 2048 pixels, at an eighth of the bytes."""
    timeline = read_timeline(film)
    (whole,) = open_reader("pyav", timeline, 2048).clips([WINDOW], 8)
    (clip,) = open_reader(reader, timeline, SIDE, True).clips([WINDOW], 8)
    assert clip.frames.shape == (8, SIDE, SIDE, 3)
    assert len(pickle.dumps(clip)) < len(pickle.dumps(whole)) / 7
    theirs = _by_way_of(whole.frames, SIZES["256m"])
    (shrunk,) = open_reader("pyav", timeline, SIDE).clips([WINDOW], 8)
    assert shrunk.frames.shape == (8, 288, 512, 3), "who wants another shape still gets it"
    apart, late = (
        np.abs(frames.astype(int) - theirs).mean()
        for frames in (clip.frames, squared(shrunk.frames, SIDE))
    )
    assert apart < 2
    assert apart < late / 2, "lines that are squared too late are lost"


def test_a_small_or_upright_video_is_squared_too(tmp_path: Path, film: Path) -> None:
    timeline = read_timeline(film)
    (small,) = open_reader("pyav", timeline, 40).clips([WINDOW], 2)
    grown = squared(small.frames, 64)
    assert grown.shape == (2, 64, 64, 3)
    assert np.abs(grown.mean((1, 2)) - small.frames.mean((1, 2))).max() < 2
    assert squared(grown, 64) is grown, "what is square already is not copied"


def test_the_child_squares(film: Path) -> None:
    with DecodeWorker() as worker:
        worker.probe(film)
        (clip,) = worker.clips([WINDOW], 4, 64, square=True)
        assert clip.frames.shape == (4, 64, 64, 3)
        (other,) = worker.clips([WINDOW], 4, 64)
        assert other.frames.shape == (4, 36, 64, 3), "the reader of before is not taken again"


def test_what_is_decoded_for_the_model_is_only_copied(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = load_describer(DescriberOptions("toy"))
    assert isinstance(toy, SmolVLM)
    size = frame_size(Checkpoint("toy", "1", TOY))
    assert size == FrameSize(64, square=True) == FrameSize(toy.edge, toy.square)
    (clip,) = open_reader("pyav", read_timeline(film), size.edge, size.square).clips([WINDOW], 4)

    def scaled(*_: object, **__: object) -> None:
        raise AssertionError("the model's thread scales a frame")

    monkeypatch.setattr("av.video.frame.VideoFrame.from_ndarray", scaled)
    pixels = toy.inputs([clip, clip], ["What?", "Where?"])["pixel_values"]
    assert pixels.dtype == torch.uint8
    assert torch.equal(pixels[1], torch.from_numpy(clip.frames).movedim(-1, 1))


class Drawing(DrawnWorker):
    """Notes in which size frames were wanted, and when the first one came."""

    sizes: list[FrameSize]
    first: Event

    def clips(
        self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
    ) -> Iterator[Clip]:
        for clip in super().clips(windows, frames, edge, square):
            self.sizes.append(FrameSize(edge, square))
            self.first.set()
            yield clip


class Slow(FakeDescriber):
    """Takes batches of eight, and remembers how many windows came at a time."""

    def __init__(self) -> None:
        super().__init__(8)
        self.batches: list[int] = []

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        self.batches.append(len(clips))
        return super().describe(clips)


def indexed(folder: Path, size: FrameSize | None, seconds: int) -> tuple[Slow, type[Drawing], bool]:
    """Index a file; say also whether frames were there before the model was."""

    class Worker(Drawing):
        """One of its own for each run."""

    Worker.sizes, Worker.first = [], Event()

    path = folder / "a.mp4"
    path.write_text(f"one {seconds}")
    describer, early = Slow(), False

    def load() -> Slow:
        nonlocal early
        early = Worker.first.wait(20 if size else 0)
        return describer

    ledger = MemoryLedger()
    items = list(run(Job([path], RECIPE, Worker, OnDemand(load, size)), ledger))
    assert sum(item.windows for item in items if isinstance(item, Batch)) == seconds // 10
    assert sum(describer.batches) == seconds // 10
    return describer, Worker, early


def test_decoding_begins_while_the_model_is_loaded(tmp_path: Path) -> None:
    size = FrameSize(32, square=True)
    describer, worker, early = indexed(tmp_path, size, 200)
    assert early
    assert set(worker.sizes) == {size}
    assert max(describer.batches) <= 8


def test_without_a_known_size_it_begins_when_the_model_is_there(tmp_path: Path) -> None:
    describer, worker, early = indexed(tmp_path, None, 200)
    assert not early
    assert set(worker.sizes) == {FrameSize(64)}
    assert describer.batches == [8, 8, 4]


def test_the_first_batch_does_not_wait_to_be_full(tmp_path: Path) -> None:
    """What is decoded is described while the rest is still to come; later batches are full."""
    described = Event()

    class Halting(DrawnWorker):
        def clips(
            self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
        ) -> Iterator[Clip]:
            for number, clip in enumerate(super().clips(windows, frames, edge, square)):
                assert number < 3 or described.wait(60), "the first batch waits for more"
                yield clip

    class Telling(Slow):
        def describe(self, clips: Sequence[Clip]) -> list[str]:
            words = super().describe(clips)
            described.set()
            return words

    path = tmp_path / "a.mp4"
    path.write_text("one 200")
    describer = Telling()
    job = Job([path], RECIPE, Halting, OnDemand(lambda: describer, FrameSize(32)))
    list(run(job, MemoryLedger()))
    assert sum(describer.batches) == 20
    assert 1 <= describer.batches[0] <= 3
