"""The recipe by which windows are described: all that, changed, would change the words. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import blake2b
from json import dumps


@dataclass(frozen=True, slots=True)
class Recipe:
    """How windows are described: everything that, changed, would change the words.

    `window_ms` and `stride_ms` are in ms (a stride beyond the window leaves out what lies between);
    `revision` tells two checkpoints of one name apart;
    `version` is the scenelist version that wrote the words and does not count as a change;
    `sampling` how a window's frames are chosen (`SAMPLINGS` of indexer/media/readers/reader.py).
    With `skip_still` a window that shows the same as the last one described takes over its words.
    """

    model: str
    revision: str
    prompt: str
    frames: int
    window_ms: int
    stride_ms: int
    max_new_tokens: int
    version: str = ""
    sampling: str = "even"
    skip_still: bool = False

    @property
    def leaves_out(self) -> bool:
        """Whether most of a video lies between the windows: a first look at it."""
        return self.stride_ms > self.window_ms

    @property
    def key(self) -> str:
        """A short name for this recipe: equal recipes, equal keys, whatever the version."""
        facts = asdict(self)
        del facts["version"]
        if self.sampling == "even":
            del facts["sampling"]  # as in libraries from before there was a choice
        if not self.skip_still:
            del facts["skip_still"]
        return blake2b(dumps(facts, sort_keys=True).encode(), digest_size=8).hexdigest()
