"""A video of three hours: what indexing it takes in memory does not depend on its length."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Batch, Described, Finished
from indexer.pipeline.run import run
from tests.doubles import RECIPE, MemoryLedger


def film(path: Path, hours: int) -> Path:
    """Write a film of one frame a second, in another colour each minute; a keyframe in five."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=1)
        stream.width, stream.height, stream.pix_fmt = 192, 112, "yuv420p"
        stream.codec_context.gop_size = 300
        stream.options = {"preset": "ultrafast", "tune": "zerolatency"}
        for minute in range(hours * 60):
            picture = np.full((112, 192, 3), (minute * 37 % 256, minute * 11 % 256, 90), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            for second in range(60):
                frame.pts = minute * 60 + second
                container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


class Wide(FakeDescriber):
    """Wants frames large enough for a leak of them to show."""

    edge = 192


def resident_mb(pid: int | str = "self") -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("workers", [1, 3])
def test_three_hours_take_no_more_memory_than_one(tmp_path: Path, workers: int) -> None:
    """Were they kept, the frames of the last two hours (8 of each 10 s) would be 370 MB."""
    path = film(tmp_path / "long.mp4", 3)
    decoders: list[DecodeWorker] = []

    def worker() -> DecodeWorker:
        decoders.append(DecodeWorker())
        return decoders[-1]

    recipe = replace(RECIPE, frames=8)
    job = Job([path], recipe, worker, OnDemand(lambda: Wide(4)), lambda: workers)
    ledger = MemoryLedger()
    described, ours_mb, decoders_mb = 0, [], []
    for item in run(job, ledger):
        described += isinstance(item, Described)
        if isinstance(item, Batch) and described in {352, 1_000}:
            ours_mb.append(resident_mb())
            children = [decoder._orders.child for decoder in decoders]
            decoders_mb.append(sum(resident_mb(c.process.pid) for c in children if c))
    assert isinstance(item, Finished)
    assert len(ledger.segments[item.video.fingerprint, recipe.key]) == 3 * 360
    assert ours_mb[1] < ours_mb[0] + 25
    # decord keeps room for a few groups of pictures.
    assert workers > 1 or decoders_mb[1] < decoders_mb[0] + 100
