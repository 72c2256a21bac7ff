"""Sentences: words with times, cut where a sentence or a voice ends, without what is none. Pure."""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from indexer.speech.transcribing.transcriber import Passage, Voice, Word

# A pause this long ends a sentence, whatever the punctuation says.
PAUSE_MS = 800
# A sentence without an end is cut after so many characters, at a comma if there is one.
_LONGEST = 300
# Text that shrinks by more than this when compressed goes round in circles.
_REPETITIVE = 2.4
# Shorter text says nothing of whether it does.
_LONG_ENOUGH = 40
# A word this far from any voice was made up.
_FAR_MS = 1_000
_END = re.compile(r"[.?!…。？！।]+[\"'»”’)\]]*$")
_ABBREVIATION = re.compile(
    r"(?:^|\s)(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Mt|vs|etc|approx|No|Jr|Sr|e\.g|i\.e|z\.B|bzw|ca)\.$"
)
_COMMA = re.compile(r"[,;:、，；：–—]$")


@dataclass(frozen=True, order=True, slots=True)
class Sentence:
    """A sentence that is said in [start_ms, end_ms), on the player's clock.

    `text` is plain, on one line; `language` a two-letter code, '' where it is not known.
    """

    start_ms: int
    end_ms: int
    text: str
    language: str = ""

    def later(self, ms: int) -> Sentence:
        """Return this sentence said so much later."""
        return Sentence(self.start_ms + ms, self.end_ms + ms, self.text, self.language)


def sentences(passages: Iterable[Passage], voices: Sequence[Voice]) -> list[Sentence]:
    """Return what is said in sentences, by time, without what is no speech.

    Words are moved into the voices they are nearest to: the times of words at an edge are often
    off by the silence before or after.
    """
    found: list[Sentence] = []
    for passage in passages:
        if passage.doubtful:
            continue
        words = _within(passage.words, voices)
        for group in _groups(words):
            text = " ".join("".join(word.text for word in group).split())
            if _is_speech(text):
                end_ms = max(group[-1].end_ms, group[0].start_ms + 1)
                found.append(Sentence(group[0].start_ms, end_ms, text, passage.language))
    return sorted(found)


def _within(words: Sequence[Word], voices: Sequence[Voice]) -> list[Word]:
    """Return words cut to the voices they are said by; without those that no voice is near to."""
    starts = [voice.start_ms for voice in voices]
    kept: list[Word] = []
    for word in words:
        at = bisect_right(starts, word.start_ms) - 1
        near = [voices[i] for i in (at, at + 1, at + 2) if 0 <= i < len(voices)]
        if not near:
            continue
        voice = max(near, key=lambda voice: _shared(word, voice))
        if _shared(word, voice) < -_FAR_MS:
            continue
        start_ms = min(max(word.start_ms, voice.start_ms), voice.end_ms)
        if kept:
            start_ms = max(start_ms, kept[-1].start_ms)
        end_ms = max(min(word.end_ms, voice.end_ms), start_ms)
        kept.append(Word(start_ms, end_ms, word.text))
    return kept


def _shared(word: Word, voice: Voice) -> int:
    """Return how long a word and a voice are heard together, less than 0: how far apart."""
    return min(word.end_ms, voice.end_ms) - max(word.start_ms, voice.start_ms)


def _groups(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Yield the words of each sentence."""
    group: list[Word] = []
    length = 0
    for number, word in enumerate(words):
        group.append(word)
        length += len(word.text)
        said = "".join(each.text for each in group).strip()
        last = number + 1 == len(words)
        pause = not last and words[number + 1].start_ms - word.end_ms >= PAUSE_MS
        whole = _END.search(said) and not _ABBREVIATION.search(said)
        long = length > _LONGEST * 2 or (length > _LONGEST and _COMMA.search(said))
        if last or pause or whole or long:
            yield group
            group, length = [], 0


def _is_speech(text: str) -> bool:
    if not re.search(r"\w", text):
        return False
    data = text.encode()
    return len(data) < _LONG_ENOUGH or len(data) / len(zlib.compress(data)) <= _REPETITIVE
