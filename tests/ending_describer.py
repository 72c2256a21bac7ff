"""A describer that ends its process over a file; nodes load it by the module's name.

Its model is called `ending:NUMBER:FILE`: it ends over the barcode video of that number, and writes
down in the file how often; with `ending-once:`, not a second time.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from indexer.describing.describer import Announce, Checkpoint, Describer, DescriberOptions
from indexer.describing.fake_describer import FakeDescriber
from indexer.media.clip import Clip
from indexer.media.readers.reader import FrameSize
from tests.media import read_barcode


class EndingDescriber(FakeDescriber):
    def __init__(self, model: str, batch_size: int) -> None:
        super().__init__(batch_size)
        kind, number, log = model.split(":", 2)
        self._once, self._number, self._log = kind == "ending-once", int(number), Path(log)

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        over = any(read_barcode(clip.frames[0][..., 0])[1] == self._number for clip in clips)
        if over and not (self._once and self._log.exists()):
            with self._log.open("a", encoding="ascii") as file:
                file.write("x")
            os._exit(1)
        return super().describe(clips)


class SlowDescriber(FakeDescriber):
    """Takes its time for each window: the model `slow:SECONDS`."""

    def __init__(self, model: str, batch_size: int) -> None:
        super().__init__(batch_size)
        self._seconds = float(model.partition(":")[2])

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        time.sleep(self._seconds * len(clips))
        return super().describe(clips)


def locate(options: DescriberOptions, announce: Announce) -> Checkpoint:
    return Checkpoint(options.model, "1")


def frame_size(checkpoint: Checkpoint) -> FrameSize | None:
    return None


def load(options: DescriberOptions, checkpoint: Checkpoint, announce: Announce) -> Describer:
    made = SlowDescriber if options.model.startswith("slow") else EndingDescriber
    return made(options.model, options.batch_size or 8)
