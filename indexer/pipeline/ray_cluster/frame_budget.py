"""How many bytes of frames may be under way in a cluster, from the decoder to the words."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition

from indexer.media.readers.reader import FrameSize, scaled_size

# Frames under way for each describer, in bytes: 635 windows of 8 frames of 512 x 512, so that a
# large GPU has two pieces of 79 in a batch while as many gather for the next.
BYTES_EACH = 4_000_000_000
# The rest of the cluster's object store is for copies on other nodes, and for other programs.
STORE_SHARE = 0.5


def frames_limit(describers: int, store_bytes: float, each: int = BYTES_EACH) -> int:
    """Return how many bytes of frames may be under way: so many for each, within the store."""
    return max(1, min(each * describers, int(STORE_SHARE * store_bytes)))


def clip_bytes(frames: int, size: FrameSize, width: int, height: int) -> int:
    """Return how many bytes a window's frames take, from what is known before they are decoded.

    `width` and `height` are the video's, in pixels; 0 where not known.
    """
    wide, high = scaled_size(width or size.edge, height or size.edge, size.edge, size.square)
    return frames * wide * high * 3


class ByteLimit:
    """Bytes that can be taken and given back, never more than `limit` at a time.

    What is larger than the limit by itself goes alone.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._changed = Condition()

    def take(self, count: int, stopped: Callable[[], bool]) -> bool:
        """Take bytes, waiting until there are enough; False where `stopped` says to stop."""
        with self._changed:
            while self.taken and self.taken + count > self.limit:
                if stopped():
                    return False
                self._changed.wait(0.5)  # nobody notifies of a stop
            self.taken += count
            return True

    def give_back(self, count: int) -> None:
        """Let others take these bytes."""
        with self._changed:
            self.taken -= count
            self._changed.notify_all()


class FrameBudget:
    """The frames under way: half of them decoded `ahead`, half `gathered` to be described.

    A task has the bytes of all clips that it may decode ahead taken before it begins, and a clip
    that is fetched from it counts as gathered until it has its words. That these are apart, and
    that a batch is at most half of what can be gathered, is what keeps decoders and describer from
    waiting for each other.
    """

    def __init__(self, limit: int) -> None:
        self.ahead = ByteLimit(limit // 2)
        self.gathered = ByteLimit(limit - limit // 2)

    def batch(self, wanted: int, each: int) -> int:
        """Return how many windows of `each` bytes to describe at a time: at most those wanted."""
        return max(1, min(wanted, self.gathered.limit // 2 // each))
