"""Moments: stretches of a video that answer a question, merged from adjacent segments."""

from dataclasses import dataclass

from indexer.video import Video


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch [start_ms, end_ms) of a video, with its score (higher is better) and words.

    `text` is the description of the best window in it.
    """

    video: Video
    start_ms: int
    end_ms: int
    score: float
    text: str
