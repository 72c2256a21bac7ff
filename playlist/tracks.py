"""Tracks: what a playlist plays, padded and titled from moments; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from indexer.segments import Segment
from indexer.video import Video
from search.ranking.moments import Check, Moment

# A player needs this long to show that it has moved; shorter tracks are stretched to it.
SHORTEST_MS = 1_000
_LONGEST_TITLE = 120
# Control characters, line and paragraph separators, and what XML 1.0 cannot hold.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True, slots=True)
class Track:
    """One entry of a playlist: [start_ms, end_ms) of a video, on the player's clock.

    `title`, `text` and `transcript` (what is said) are single lines without control characters,
    `score` and `confidence` are the moment's where there is one, `rate` the file's frames per
    second. `uri` and `place` say where the file lies for the machine that will play it: as a URI,
    and as that system writes paths. `check` is the verdict on a moment that was looked
    at again; its mark stands in the title. Where `text` is what is said, in quotes, `described` is
    what is seen meanwhile ('' for nothing written down); else None.
    """

    video: Video
    start_ms: int
    end_ms: int
    title: str
    text: str
    score: float | None = None
    confidence: float | None = None
    transcript: str = ""
    rate: Fraction = Fraction(25)
    uri: str = ""
    place: str = ""
    check: Check | None = None
    described: str | None = None

    @property
    def told(self) -> str:
        """The words, and before them the verdict where the moment was looked at again."""
        return self._judged(self.text)

    @property
    def seen(self) -> str:
        """What is seen, and before it the verdict."""
        return self._judged(self.text if self.described is None else self.described)

    def _judged(self, words: str) -> str:
        return " ".join(filter(None, (self.check.mark if self.check else "", words)))

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


def padded(moment: Moment, pad_ms: int) -> Moment:
    """Return a moment `pad_ms` longer at both ends, as far as its video goes."""
    if pad_ms <= 0:
        return moment
    end_ms = moment.end_ms + pad_ms
    if moment.video.duration_ms > 0:
        end_ms = max(moment.end_ms, min(end_ms, moment.video.duration_ms))
    return replace(moment, start_ms=max(0, moment.start_ms - pad_ms), end_ms=end_ms)


def tracks_of_moments(moments: Iterable[Moment]) -> list[Track]:
    """Return a track for each moment, in order."""
    return [
        _checked(
            replace(
                track(m.video, m.start_ms, m.end_ms, m.words),
                score=m.score,
                confidence=m.confidence,
                transcript=one_line(m.transcript),
                described=one_line(m.text) if m.said else None,
            ),
            m.check,
        )
        for m in moments
    ]


def _checked(item: Track, check: Check | None) -> Track:
    """Return a track with a verdict, which its title begins with."""
    if check is None:
        return item
    return replace(item, title=shortened(f"{check.mark} {item.title}".strip()), check=check)


def tracks_of_video(video: Video, segments: Sequence[Segment]) -> list[Track]:
    """Return a track for each description of a video, in order."""
    return [
        replace(
            track(video, s.window.start_ms, s.window.end_ms, s.text),
            transcript=one_line(s.transcript),
        )
        for s in segments
    ]


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


# The rates that edit lists and their timecodes know, in frames a second.
_COUNTED = sorted(
    [Fraction(n) for n in (24, 25, 30, 50, 60)] + [Fraction(n * 1000, 1001) for n in (24, 30, 60)]
)


def counted_rate(rate: Fraction) -> Fraction:
    """Return the rate to count frames of `rate` in, where only the usual ones can be.

    The same; else the smallest in which every frame begins on a count (15 in 30); else the
    largest whose every count is the beginning of a frame (240 in 60); else the finest, 60.

    >>> counted_rate(Fraction(15)), counted_rate(Fraction(240))
    (Fraction(30, 1), Fraction(60, 1))
    """
    whole = [known for known in _COUNTED if (known / rate).denominator == 1]
    part = [known for known in _COUNTED if (rate / known).denominator == 1]
    return whole[0] if whole else part[-1] if part else _COUNTED[-1]


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
