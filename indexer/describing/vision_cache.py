"""From frames to what the text model reads of them; frames that look alike are looked at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional

from indexer.media.similarity import ALIKE, GRID

# So many different frames are remembered: a fixed camera comes back to its empty road.
_REMEMBERED = 16


class Eyes:
    """A vision tower, and a memory of the last frames it saw.

    `look` takes frames, uint8, shape (n, 3, side, side), to features, shape (n, tokens, width).
    With `every_frame`, each is looked at; otherwise one that is like a remembered frame takes
    over what was seen there. `frames` and `looked_at` count.
    """

    def __init__(
        self, look: Callable[[torch.Tensor], torch.Tensor], *, every_frame: bool = False
    ) -> None:
        self._look = look
        self._every_frame = every_frame
        self._thumbs: torch.Tensor | None = None
        self._features: torch.Tensor | None = None
        self.frames = self.looked_at = 0

    def see(self, frames: torch.Tensor) -> torch.Tensor:
        """Return features, shape (clips * frames, tokens, width), in the order of the frames.

        `frames` are as the processor squares them: uint8, shape (clips, frames, 3, side, side).
        """
        flat = frames.flatten(0, 1)
        self.frames += len(flat)
        if self._every_frame:
            self.looked_at += len(flat)
            return self._look(flat)
        thumbs = functional.adaptive_avg_pool2d(flat.float(), GRID).flatten(1)
        sources, pool, fresh = self._sources(thumbs)
        self.looked_at += len(fresh)
        parts = [] if self._features is None else [self._features]
        if fresh:
            parts.append(self._look(flat[fresh]))
        features = torch.cat(parts)
        recent = list(dict.fromkeys(reversed(sources)))[:_REMEMBERED]
        self._thumbs, self._features = torch.stack([pool[i] for i in recent]), features[recent]
        return features[sources]

    def _sources(self, thumbs: torch.Tensor) -> tuple[list[int], list[torch.Tensor], list[int]]:
        """Return which frame of the pool each is like, the pool, and which frames are new in it.

        The pool are the remembered frames and then the new ones, in order.
        """
        pool = [] if self._thumbs is None else list(self._thumbs)
        sources: list[int] = []
        fresh: list[int] = []
        for number, thumb in enumerate(thumbs):
            # The nearest of the last few; those before them have been forgotten.
            first = max(0, len(pool) - 2 * _REMEMBERED)
            if pool:
                apart = (torch.stack(pool[first:]) - thumb).abs().amax(1)
                nearest = int(apart.argmin())
                if float(apart[nearest]) <= ALIKE:
                    sources.append(first + nearest)
                    continue
            fresh.append(number)
            sources.append(len(pool))
            pool.append(thumb)
        return sources, pool, fresh
