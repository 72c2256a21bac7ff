"""Tracks lie within their files, and count in a rate that formats know."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.video import Video
from indexer.windows import Window
from playlist.tracks import (
    clock,
    counted_rate,
    most_common_rate,
    one_line,
    padded,
    shortened,
    titled,
    track,
    tracks_of_moments,
)
from search.ranking.moments import Check, Moment
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


@pytest.mark.parametrize(
    ("ms", "shown"),
    [(0, "0:00"), (59_999, "0:59"), (60_000, "1:00"), (3_599_999, "59:59"), (3_723_000, "1:02:03")],
)
def test_times_are_shown_as_a_player_does(ms: int, shown: str) -> None:
    assert clock(ms) == shown


def test_a_text_is_cut_at_a_word_and_says_so() -> None:
    assert shortened("a dog runs", 10) == "a dog runs"
    assert shortened("a dog, runs", 10) == "a dog…"
    assert shortened("unbreakable", 10) == "unbreakab…"


def test_a_line_holds_no_control_characters() -> None:
    assert one_line("\x1b[31m a\n\tdog\x00 \ufffe ") == "[31m a dog"


def test_a_track_is_called_by_its_file_its_start_and_its_words() -> None:
    assert track(video("/films/a\nb.mp4"), 42_000, 44_000, "a  dog").title == "a b 0:42 – a dog"
    assert track(video(), 2_000, 4_000, "").title == "a 0:02"
    assert titled(track(video(), 2_000, 4_000, "a dog"), "the\nstart").title == "0:02 the start"


def test_a_moment_is_padded_as_far_as_its_video_goes() -> None:
    moment = Moment(video(), 5_000, 58_000, 0.5, "a dog")
    assert padded(moment, 0) is moment
    wider = padded(moment, 6_000)
    assert (wider.start_ms, wider.end_ms) == (0, 60_000)
    endless = replace(moment, video=video(duration_ms=0))
    assert padded(endless, 6_000).end_ms == 64_000, "nobody knows where it ends"


def test_a_verdict_stands_before_the_words() -> None:
    check = Check(verified=True, probability=0.914)
    assert check.mark == "✓ 91 %"
    plain, looked_at = tracks_of_moments(
        Moment(video(), 1_000, 3_000, 0.5, "a dog", check=each) for each in (None, check)
    )
    assert (plain.score, plain.told) == (0.5, "a dog")
    assert looked_at.title == f"{check.mark} {plain.title}"
    assert looked_at.told == f"{check.mark} a dog"


def test_the_rate_of_a_list_is_that_of_most_tracks() -> None:
    made = track(video(), 0, 2_000, "x")
    rates = [Fraction(30), Fraction(24), Fraction(24)]
    assert most_common_rate([replace(made, rate=rate) for rate in rates]) == 24
