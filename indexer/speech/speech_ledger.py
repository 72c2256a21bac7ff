"""What listening needs to know of the past and tells of the present; the store implements it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from indexer.ledger import FileRecord
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video

# The keys of words that are a video's subtitles, of those of one without any, and of those that
# are known only by the windows they are said in (from older libraries); of those imported.
SUBTITLES, NONE, WINDOWS, IMPORTED = "subtitles", "none", "windows", "imported"

NOT_HEARD = frozenset({SUBTITLES, NONE, WINDOWS, IMPORTED})


@dataclass(frozen=True, slots=True)
class WordsRecord:
    """How the words of a content came about: completely, or up to `heard_ms`.

    `key` is that of a recipe, or one of those above. `beside` says which subtitle files lay beside
    the video then, `note` what went wrong, as a sentence; `voice_ms` is how long voices
    are heard.
    """

    key: str
    complete: bool
    heard_ms: int = 0
    beside: str = ""
    note: str = ""
    voice_ms: int = 0


class SpeechMemory(Protocol):
    """What is remembered of files and of what is said in them."""

    def file(self, path: Path) -> FileRecord | None:
        """Return what is remembered of the file at `path`."""
        ...

    def words(self, fingerprint: str) -> WordsRecord | None:
        """Return how the words of a content came about that are searched now."""
        ...


class NoMemory:
    """Remembers nothing: where there is no library yet."""

    def file(self, path: Path) -> FileRecord | None:
        """Return None."""
        return None

    def words(self, fingerprint: str) -> WordsRecord | None:
        """Return None."""
        return None


class SpeechLedger(SpeechMemory, Protocol):
    """The memory of what is said. Every call is durable when it returns."""

    def meet(self, video: Video, *, link: bool = True) -> None:
        """Remember what a file holds, and with `link` that it is there, where that is not known."""
        ...

    def begin_words(self, fingerprint: str, key: str, *, anew: bool = False) -> WordsRecord:
        """Return how far words under this key have come; what came after that is dropped.

        `anew` drops all of them.
        """
        ...

    def put_words(self, fingerprint: str, record: WordsRecord, said: Sequence[Sentence]) -> None:
        """Keep some sentences, and how far they reach (`record.heard_ms`)."""
        ...

    def finish_words(self, fingerprint: str, record: WordsRecord) -> None:
        """All words under the record's key are there: they take the place of all others."""
        ...
