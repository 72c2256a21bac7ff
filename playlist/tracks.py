"""Tracks: what a playlist plays, chosen and padded from moments; pure."""

from dataclasses import dataclass

from indexer.video import Video


@dataclass(frozen=True, slots=True)
class Track:
    """One entry of a playlist: [start_ms, end_ms) of a video, on the player's clock."""

    video: Video
    start_ms: int
    end_ms: int
    title: str
    text: str
