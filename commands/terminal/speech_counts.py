"""What an indexing run has written down of what is said: counted while it goes on, summed up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from commands.terminal.console import counted
from indexer.speech.speech_ledger import SUBTITLES
from indexer.speech.speech_run import Heard, NoListener, Worded, Words
from playlist.tracks import clock


@dataclass(slots=True)
class SpeechCounts:
    """What listening has come to in a run so far."""

    files: int = 0
    sentences: int = 0
    subtitled: int = 0
    voice_ms: int = 0
    writing_s: float = 0.0
    failed: list[tuple[Path, str]] = field(default_factory=list)

    def hear(self, item: Words) -> str:
        """Take in one piece of news; return what is to be said of it, or nothing."""
        match item:
            case Heard(_, piece):
                self.sentences += len(piece.sentences)
                self.voice_ms += piece.voice_ms
                self.writing_s += piece.finding_s + piece.writing_s
            case Worded(path, sentences, record):
                self.files += bool(sentences)
                if record.key == SUBTITLES:
                    self.subtitled += 1
                    self.sentences += sentences
                if record.note:
                    self.failed.append((path, record.note))
                    return f"{path}: without its words: {record.note}"
            case NoListener(error):
                return f"What is said is left out for now: {error}"
        return ""

    def so_far(self) -> str:
        """Say for the progress bar how much has been written down."""
        return f" · {self.sentences} sentences" if self.sentences else ""

    def summed_up(self) -> str:
        """Say for the summary what was written down; nothing where there was nothing."""
        if not self.sentences:
            return ""
        said = f"{counted(self.sentences, 'sentence')} in {counted(self.files, 'video')}"
        if self.subtitled:
            said += f", {self.subtitled} of them from subtitles"
        if self.voice_ms:
            speed = self.voice_ms / 1000 / max(self.writing_s, 1e-3)
            said += f", {clock(self.voice_ms)} of speech at {speed:.1f}x real time"
        return said

    def facts(self) -> dict[str, object]:
        """Return the same for programs."""
        return {
            "videos": self.files,
            "sentences": self.sentences,
            "from_subtitles": self.subtitled,
            "speech_seconds": round(self.voice_ms / 1000, 3),
            "seconds": round(self.writing_s, 3),
            "failed": [{"path": str(path), "error": note} for path, note in self.failed],
        }
