"""From frames to what the text model reads of them; frames that look alike are looked at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from indexer.media.similarity import ALIKE, GRID

# So many different frames are remembered: a fixed camera comes back to its empty road.
_REMEMBERED = 16
Thumbs = NDArray[np.float32]


class Eyes:
    """A vision tower, and a memory of the last frames it saw.

    `look` takes frames, uint8, shape (n, 3, side, side), to features, shape (n, tokens, width).
    With `every_frame`, each is looked at; otherwise one that is like a remembered frame takes
    over what was seen there. `frames` and `looked_at` count, `remembered` may be changed.
    """

    def __init__(
        self, look: Callable[[torch.Tensor], torch.Tensor], *, every_frame: bool = False
    ) -> None:
        self._look = look
        self._every_frame = every_frame
        self._thumbs: Thumbs | None = None
        self._features: torch.Tensor | None = None
        self.frames = self.looked_at = 0
        self.remembered = _REMEMBERED

    def see(self, frames: torch.Tensor) -> torch.Tensor:
        """Return features, shape (clips * frames, tokens, width), in the order of the frames.

        `frames` are squared: uint8, shape (clips, frames, 3, side, side).
        """
        flat = frames.flatten(0, 1)
        self.frames += len(flat)
        if self._every_frame:
            self.looked_at += len(flat)
            return self._look(flat)
        # Shrunk where the frames are, on a GPU it may be, and compared here in one go: asking a
        # GPU frame by frame would hold it up each time.
        thumbs = functional.adaptive_avg_pool2d(flat.float(), GRID).flatten(1).cpu().numpy()
        sources, pool, fresh = self._sources(thumbs)
        self.looked_at += len(fresh)
        parts = [] if self._features is None else [self._features]
        if fresh:
            parts.append(self._look(flat[fresh]))
        features = torch.cat(parts)
        recent = list(dict.fromkeys(reversed(sources)))[: self.remembered]
        self._thumbs, self._features = pool[recent], features[recent]
        return features[sources]

    def _sources(self, thumbs: Thumbs) -> tuple[list[int], Thumbs, list[int]]:
        """Return which frame of the pool each is like, the pool, and which frames are new in it.

        The pool are the remembered frames and then the new ones, in order.
        """
        known = 0 if self._thumbs is None else len(self._thumbs)
        pool = np.empty((known + len(thumbs), thumbs.shape[1]), np.float32)
        if self._thumbs is not None:
            pool[:known] = self._thumbs
        sources: list[int] = []
        fresh: list[int] = []
        for number, thumb in enumerate(thumbs):
            # The nearest of the last few; those before them have been forgotten.
            first = max(0, known - 2 * self.remembered)
            if known:
                apart = np.abs(pool[first:known] - thumb).max(1)
                nearest = int(apart.argmin())
                if apart[nearest] <= ALIKE:
                    sources.append(first + nearest)
                    continue
            fresh.append(number)
            sources.append(known)
            pool[known] = thumb
            known += 1
        return sources, pool, fresh
