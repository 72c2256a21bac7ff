"""What the process that listens is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from indexer.speech.audio_tracks import Track
from indexer.speech.languages import ANY, Languages
from indexer.speech.transcribing.sentences import Sentence
from indexer.speech.transcribing.transcriber import SpeechModel, SpeechOptions
from indexer.speech.transcript import Cue
from indexer.video import Video


@dataclass(frozen=True, slots=True)
class MeetOrder:
    """Asks for what the header of a file says: its `Met`."""

    path: Path
    track: str


@dataclass(frozen=True, slots=True)
class SubtitlesOrder:
    """Asks for a file's subtitles, in one of some languages."""

    path: Path
    languages: Languages = ANY


@dataclass(frozen=True, slots=True)
class ListenOrder:
    """Asks for what is said in a file from `from_ms` on, piece by piece; to `to_ms`, if not 0."""

    path: Path
    track: str
    options: SpeechOptions
    model: SpeechModel
    from_ms: int
    to_ms: int = 0


@dataclass(frozen=True, slots=True)
class Met:
    """A file's video as far as its header tells, and the track to listen to; None: it is silent."""

    video: Video
    track: Track | None


@dataclass(frozen=True, slots=True)
class Subtitles:
    """A file's subtitles, by time."""

    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Listening:
    """It is at work: some of what is being listened to has been written down."""


@dataclass(frozen=True, slots=True)
class Piece:
    """All that is said in [start_ms, end_ms) of a file.

    `voice_ms` is how long voices are heard; finding them took `finding_s` seconds, and writing
    down what they say `writing_s`.
    """

    start_ms: int
    end_ms: int
    sentences: tuple[Sentence, ...]
    voice_ms: int
    finding_s: float
    writing_s: float


@dataclass(frozen=True, slots=True)
class Done:
    """The order is carried out."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The file cannot be listened to (further), and why."""

    error: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """The model cannot be used, and why: a sentence for the user."""

    error: str


Order = MeetOrder | SubtitlesOrder | ListenOrder
Reply = Met | Subtitles | Listening | Piece | Done | Broken | Unusable
