"""Subtitles as sentences: lines that go on with the next one are one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.speech.transcribing.sentences import PAUSE_MS, Sentence
from indexer.speech.transcript import Cue

# Subtitles go on with the next line where a sentence does, up to so many characters.
_LONGEST_LINE = 200
_ENDS = (".", "!", "?", "…", "。", "？", "！", '."', '!"', '?"', ".”", "]", ")", "♪")


def sentences_of(cues: Sequence[Cue]) -> list[Sentence]:
    """Return subtitles as sentences: lines that go on with the next one are joined to it."""
    joined: list[Sentence] = []
    for cue in cues:
        last = joined[-1] if joined else None
        if (
            last is not None
            and not last.text.endswith(_ENDS)
            and 0 <= cue.start_ms - last.end_ms < PAUSE_MS
            and len(last.text) + len(cue.text) < _LONGEST_LINE
        ):
            joined[-1] = Sentence(last.start_ms, cue.end_ms, f"{last.text} {cue.text}")
        else:
            joined.append(Sentence(cue.start_ms, max(cue.end_ms, cue.start_ms + 1), cue.text))
    return joined
