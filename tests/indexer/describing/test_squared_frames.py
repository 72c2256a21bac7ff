"""Frames reach the model as its tower reads them: squared where they are decoded."""

import pickle
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from benchmarks.gpu import _by_way_of
from benchmarks.real_size import SIZES
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.checkpoints import TOY
from indexer.describing.describer import Checkpoint, DescriberOptions, load_describer
from indexer.describing.smolvlm import SmolVLM, frame_size
from indexer.media.frame_conversion import squared
from indexer.media.readers.reader import FrameSize, open_reader
from indexer.media.timeline import read_timeline
from indexer.windows import Window

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
