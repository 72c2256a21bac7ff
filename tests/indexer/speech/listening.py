"""A transcriber that hears what a file says, and what is known then."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from indexer.errors import VideoError
from indexer.speech.audio_tracks import Track
from indexer.speech.languages import Languages
from indexer.speech.speech_run import Listener
from indexer.speech.transcribing.messages import ListenOrder, Met, Piece
from indexer.speech.transcribing.sentences import Sentence
from indexer.speech.transcribing.transcriber import SpeechModel, SpeechOptions, SpeechRecipe
from indexer.speech.transcript import Cue
from indexer.video import Video
from indexer.windows import Window
from search import Library
from tests.speech_media import Tone

FAKE = SpeechModel("fake:", "1")
LISTENER = Listener(SpeechOptions("fake:"), FAKE, SpeechRecipe("fake:", "1"))
MINUTE = 60_000


def piece(number: int) -> Piece:
    said = Sentence(number * MINUTE + 100, number * MINUTE + 900, f"Sentence {number}.", "en")
    return Piece(number * MINUTE, (number + 1) * MINUTE, (said,), 800, 0.1, 0.1)


@dataclass
class Ears:
    """A worker that hears a sentence a minute, and may break at one of them."""

    minutes: int = 3
    breaks_at: int | None = None
    error: Exception = field(default_factory=lambda: VideoError("its sound is damaged"))
    cues: list[Cue] = field(default_factory=list)
    track: Track | None = field(default_factory=lambda: Track(1, "eng"))
    orders: list[ListenOrder] = field(default_factory=list)
    met: list[Path] = field(default_factory=list)

    def meet(self, path: Path, track: str) -> Met:
        self.met.append(path)
        stat = path.stat()
        span = Window(0, self.minutes * MINUTE)
        content = path.read_text()
        video = Video(path, content, stat.st_size, stat.st_mtime_ns, span.end_ms, span, 64, 48)
        return Met(video, self.track)

    def subtitles(self, path: Path, languages: Languages) -> list[Cue]:
        return self.cues

    def listen(self, order: ListenOrder) -> Iterator[Piece]:
        self.orders.append(order)
        for number in range(order.from_ms // MINUTE, self.minutes):
            if number == self.breaks_at:
                raise self.error
            yield piece(number)

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


def words(library: Library, path: Path) -> list[str]:
    return [said.text for said in library.sentences(path)]


TALK = [Tone(440, 1, 2), Tone(660, 3, 4)]
