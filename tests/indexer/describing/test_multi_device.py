"""Several devices describe as one would; what ends one of them ends all, and is said."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.describing.describer import Checkpoint, DescriberOptions, OnDemand, load_describer
from indexer.describing.fake_describer import FakeDescriber
from indexer.describing.multi_device import Several
from indexer.errors import ModelError
from indexer.media.clip import Clip
from indexer.pipeline.job import Job
from indexer.pipeline.run import run as index
from indexer.windows import Window
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger
from tests.indexer.describing.drawn_clips import clip as moving

ROOT = Path(__file__).parents[3]
FAKES = DescriberOptions("fake:", batch_size=3)


@contextmanager
def several(options: DescriberOptions = FAKES, devices: int = 2) -> Iterator[Several]:
    describer = Several(options, Checkpoint(options.model, "1"), ["cpu"] * devices)
    try:
        yield describer
    finally:
        describer.close()


def clip(number: int) -> Clip:
    shades = np.linspace(0, 255, 4).astype(np.uint8)[[number % 4, number // 4 % 4]]
    frames = np.broadcast_to(shades[:, None, None, None], (2, 48, 64, 3)).copy()
    return Clip(Window(number * 10_000, (number + 1) * 10_000), (0, 5_000), frames)


@pytest.mark.parametrize("windows", [0, 1, 2, 7, 12, 50])
def test_words_are_those_of_one_in_order(windows: int) -> None:
    clips = [clip(number) for number in range(windows)]
    with several() as describer:
        assert describer.batch_size == 12
        assert describer.edge == FakeDescriber.edge
        assert describer.describe(clips) == FakeDescriber(1).describe(clips)
        assert describer.describe(clips[::-1]) == FakeDescriber(1).describe(clips[::-1])


def test_a_run_keeps_what_it_keeps_with_one(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("one 245")
    with several(devices=3) as describer:
        ledgers = []
        for each in (describer, FakeDescriber(describer.batch_size)):
            ledgers.append(MemoryLedger())
            job = Job([path], RECIPE, DrawnWorker, OnDemand(lambda each=each: each))
            list(index(job, ledgers[-1]))
    assert ledgers[0].segments == ledgers[1].segments
    assert ledgers[0].log == ledgers[1].log


def test_a_bug_keeps_its_traceback_and_ends_all() -> None:
    broken = replace(clip(1), frames=np.zeros((0, 48, 64, 3), np.uint8))
    with several() as describer:
        with pytest.raises(RuntimeError, match="IndexError"):
            describer.describe([*(clip(number) for number in range(11)), broken])
        assert all(child._process.returncode is not None for child in describer._children)


def test_one_that_dies_is_named() -> None:
    with several() as describer:
        describer._children[1]._process.kill()
        with pytest.raises(ModelError, match="describes on cpu ended"):
            describer.describe([clip(number) for number in range(600)])
        assert all(child._process.returncode is not None for child in describer._children)


def test_a_model_that_cannot_be_loaded_is_told_of(tmp_path: Path) -> None:
    options = DescriberOptions(str(tmp_path))
    with pytest.raises(ModelError, match="cannot be loaded"):
        Several(options, Checkpoint("x", "1", tmp_path), ["cpu", "cpu"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_they_end_with_their_parent() -> None:
    code = (
        "import os, sys\n"
        "from indexer.describing.describer import Checkpoint, DescriberOptions\n"
        "from indexer.describing.multi_device import Several\n"
        "both = Several(DescriberOptions('fake:'), Checkpoint('fake:', '1'), ['cpu', 'cpu'])\n"
        "print(*(child._process.pid for child in both._children), flush=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    pids = done.stdout.split()
    assert len(pids) == 2
    deadline = time.monotonic() + 60
    while any(_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _alive(pid: str) -> bool:
    try:
        return "describe_child" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


@pytest.mark.slow
def test_two_processes_with_the_toy_say_what_one_says() -> None:
    clips = [moving(seed, frames=6 if seed % 3 else 8) for seed in range(12)]
    one = load_describer(DescriberOptions("toy"))
    two = load_describer(DescriberOptions("toy", device="cpu,cpu", batch_size=2))
    assert isinstance(two, Several)
    try:
        assert two.describe(clips) == one.describe(clips)
    finally:
        two.close()
