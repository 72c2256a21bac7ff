"""Tracks: what a playlist plays, padded and titled from moments; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from indexer.segments import Segment
from indexer.video import Video
from search.ranking.moments import Moment

# A player needs this long to show that it has moved; shorter tracks are stretched to it.
SHORTEST_MS = 1_000
_LONGEST_TITLE = 120
# Control characters, line and paragraph separators, and what XML 1.0 cannot hold.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True, slots=True)
class Track:
    """One entry of a playlist: [start_ms, end_ms) of a video, on the player's clock.

    `title` and `text` are single lines without control characters, `score` is the moment's
    where there is one, `rate` the file's frames per second. `uri` and `place` say where the file
    lies for the machine that will play it: as a URI, and as that system writes paths.
    """

    video: Video
    start_ms: int
    end_ms: int
    title: str
    text: str
    score: float | None = None
    rate: Fraction = Fraction(25)
    uri: str = ""
    place: str = ""

    @property
    def length_ms(self) -> int:
        """How long the track plays, in ms."""
        return self.end_ms - self.start_ms

    @property
    def location(self) -> str:
        """The file as a URI."""
        return self.uri or self.video.path.absolute().as_uri()

    @property
    def file(self) -> str:
        """The file as its system writes paths."""
        return self.place or str(self.video.path.absolute())


def tracks_of_moments(moments: Iterable[Moment], pad_ms: int = 0) -> list[Track]:
    """Return a track for each moment, in order, `pad_ms` longer at both ends."""
    return [
        replace(track(m.video, m.start_ms, m.end_ms, m.text, pad_ms), score=m.score)
        for m in moments
    ]


def tracks_of_video(video: Video, segments: Sequence[Segment]) -> list[Track]:
    """Return a track for each description of a video, in order."""
    return [track(video, s.window.start_ms, s.window.end_ms, s.text) for s in segments]


def titled(item: Track, title: str) -> Track:
    """Return a track under another title, its start before it."""
    return replace(item, title=shortened(f"{clock(item.start_ms)} {one_line(title)}".strip()))


def track(video: Video, start_ms: int, end_ms: int, text: str, pad_ms: int = 0) -> Track:
    """Return a stretch of a video as a track: padded, at least a second, within the file."""
    start_ms, end_ms = max(0, start_ms - pad_ms), end_ms + pad_ms
    if video.duration_ms > 0:
        end_ms = min(end_ms, video.duration_ms)
        start_ms = min(start_ms, max(0, end_ms - SHORTEST_MS))
        end_ms = min(max(end_ms, start_ms + SHORTEST_MS), video.duration_ms)
    end_ms = max(end_ms, start_ms + 1)
    text = one_line(text)
    title = f"{one_line(video.path.stem)} {clock(start_ms)} – {text}".strip(" –")
    return Track(video, start_ms, end_ms, shortened(title), text)


def most_common_rate(tracks: Sequence[Track]) -> Fraction:
    """Return the frame rate that most of the tracks have."""
    return Counter(item.rate for item in tracks).most_common(1)[0][0]


def one_line(text: str) -> str:
    """Return text on one line, without control characters or what XML cannot hold."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def shortened(text: str, length: int = _LONGEST_TITLE) -> str:
    """Return text cut at a word, with an ellipsis, if it is longer than `length` characters."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def clock(ms: int) -> str:
    """Return a time as a player shows it: 1:02:03 or 2:03.

    >>> clock(123_999)
    '2:03'
    """
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
