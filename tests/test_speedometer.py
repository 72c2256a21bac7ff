"""The progress bar's sums: speed in multiples of real time, and the time that is left."""

from pathlib import Path

from commands.screen import plain, size
from commands.speedometer import Speedometer
from indexer.describe import Segment
from indexer.progress import Described, Failed, Finished, Started, Unchanged
from indexer.video import Video
from indexer.windows import Window, tile
from playlist.tracks import clock

SPAN = Window(0, 40_000)


def video(name: str) -> Video:
    return Video(Path(name), name, 1000, 0, 40_000, SPAN, 64, 48)


def test_speed_and_time_left() -> None:
    now = [100.0]
    sizes = {Path(name): 1000 for name in "abcd"}
    meter = Speedometer(sizes, now=lambda: now[0])
    meter.hear(Unchanged(Path("a")))
    assert meter.left_s is None
    meter.hear(Started(video("b"), 4, 0))
    for window in tile(SPAN, 10_000)[:2]:
        now[0] += 5
        meter.hear(Described(video("b"), Segment(window, "x")))
    assert meter.speed == 20 / 10
    assert meter.left_s == 50, "half a file in 10 s, two and a half are left"
    meter.hear(Failed(Path("c"), "it is empty"))
    assert meter.left_s == 30
    meter.hear(Finished(video("b")))
    assert (meter.indexed, meter.unchanged, meter.segments) == (1, 1, 2)
    assert meter.wall_s == 10


def test_a_resumed_file_counts_what_was_done() -> None:
    now = [0.0]
    meter = Speedometer({Path("a"): 1000}, now=lambda: now[0])
    meter.hear(Started(video("a"), 2, 2))
    now[0] = 4.0
    meter.hear(Described(video("a"), Segment(Window(20_000, 30_000), "x")))
    assert meter.left_s == 4.0


def test_times_and_sizes_are_readable() -> None:
    assert [clock(ms) for ms in (0, 59_999, 60_000, 3_723_000)] == [
        "0:00",
        "0:59",
        "1:00",
        "1:02:03",
    ]
    assert [size(b) for b in (0, 999, 1_000, 5_600_000_000)] == ["0 B", "999 B", "1.0 kB", "5.6 GB"]
    assert plain("a\x1b[2J\u202eb\nc\ud800") == "a [2J b c\\ud800"
