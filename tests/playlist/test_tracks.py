"""Tracks lie within their files, and count in a rate that formats know."""

from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from indexer.video import Video
from indexer.windows import Window
from playlist.tracks import counted_rate, track
from tests.playlist.formats.rates import RATES


def test_a_list_counts_in_a_rate_that_its_format_knows() -> None:
    for rate, known in RATES.items():
        assert counted_rate(Fraction(rate)) == Fraction(known), rate


def video(path: str = "/films/a.mp4", duration_ms: int = 60_000) -> Video:
    return Video(Path(path), "f", 1, 2, duration_ms, Window(0, max(1, duration_ms)), 64, 48)


videos = st.builds(video, st.just("/films/a.mp4"), st.integers(0, 10**8))


@given(videos, st.integers(0, 10**8), st.integers(1, 10**6), st.integers(0, 10**5))
def test_tracks_lie_within_their_file(known: Video, start: int, length: int, pad: int) -> None:
    made = track(known, start, start + length, "words", pad)
    assert 0 <= made.start_ms < made.end_ms
    if known.duration_ms and start < known.duration_ms:
        assert made.end_ms <= known.duration_ms
        assert made.end_ms - made.start_ms >= min(1_000, known.duration_ms)
        assert made.start_ms <= start


def test_padding_grows_both_ends() -> None:
    made = track(video(), 10_000, 20_000, "x", 2_500)
    assert (made.start_ms, made.end_ms) == (7_500, 22_500)
