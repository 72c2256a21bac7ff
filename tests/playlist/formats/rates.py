"""Frame rates, and moments in videos of each."""

from pathlib import Path

from indexer.video import Video
from indexer.windows import Window
from playlist.tracks import Track, track

# Frames per second of a file → what a list with timecodes counts.
RATES = {
    "8": "24",
    "10": "30",
    "12": "24",
    "15000/1001": "30000/1001",
    "2997/200": "60",  # 14.985 and no more: no usual rate has its frames
    "15": "30",
    "20": "60",
    "24000/1001": "24000/1001",
    "24": "24",
    "25": "25",
    "55/2": "60",
    "30000/1001": "30000/1001",
    "30": "30",
    "50": "50",
    "60000/1001": "60000/1001",
    "60": "60",
    "100": "50",
    "120": "60",
    "240": "60",
}


def moment(path: str, start_ms: int, end_ms: int, duration_ms: int = 3_700_000) -> Track:
    known = Video(Path(path), "f", 1, 2, duration_ms, Window(0, duration_ms), 640, 360)
    return track(known, start_ms, end_ms, "a dog & a cat")


MOMENTS = [
    moment("/films/a b.mkv", 0, 1_001),
    moment("/films/a b.mkv", 12_043, 33_334),
    moment("/films/c.mp4", 3_599_987, 3_612_345),
]
