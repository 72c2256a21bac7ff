"""Tracks that every format is to hold."""

from dataclasses import replace
from pathlib import Path

from indexer.video import Video
from indexer.windows import Window
from playlist.path_mapping import Places, mappings
from playlist.tracks import Track, track


def video(path: str, duration_ms: int = 60_000) -> Video:
    return Video(Path(path), "f", 1, 2, duration_ms, Window(0, duration_ms), 640, 360)


TRACKS = [
    replace(
        track(
            video("/films/Jürgen's 100% #1 & co?.mkv"), 12_040, 33_333, 'A "dog" & a <cat> - 日本'
        ),
        score=0.91,
    ),
    replace(track(video("/films/b.mp4", 15_500), 9_000, 15_500, "=Rain, then sun."), score=0.5),
]


def place(here: str, text: str) -> Track:
    return Places(mappings([text])).placed(track(video(here), 0, 2_000, "x"))
