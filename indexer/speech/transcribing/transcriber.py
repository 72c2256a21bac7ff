"""Sound to words: the protocol of whoever does it, the registry of kinds, and its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from importlib import import_module
from importlib.util import find_spec
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from indexer.speech.transcribing.sound import Samples

Announce = Callable[[str], None]
# Counts up when the same sound would give other sentences for another reason than those in a
# recipe: how it is decoded, cut or filtered.
_WAYS = 2


@dataclass(frozen=True, slots=True)
class SpeechRecipe:
    """How speech is written down: everything that, changed, would change the words.

    `language` is a two-letter code that all speech is taken to be in, '' to find it out for each
    stretch; `track` the audio track that is wanted, '' for the one a player plays.
    """

    model: str
    revision: str
    language: str = ""
    track: str = ""

    @property
    def key(self) -> str:
        """A short name for this recipe: equal recipes, equal keys."""
        facts = {**asdict(self), "ways": _WAYS}
        return blake2b(dumps(facts, sort_keys=True).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class SpeechOptions:
    """What a transcriber is made of; `model` is as the user named it, or auto.

    `cache` is a folder for what can be made again; `offline` forbids any download.
    """

    model: str = "auto"
    language: str = ""
    offline: bool = False
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """Which model writes speech down: name, revision, the folder it lies in, if any.

    One that knows nothing but English must not hear other languages: it makes up English for them.
    Where `auto` was asked for, `chosen` is what to ask for to get this one again.
    """

    name: str
    revision: str
    folder: Path | None = None
    english_only: bool = False
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with when it is said, in ms from the beginning of the sound it was heard in."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Words heard together, in one language; `doubtful` ones are likely to be no speech at all.

    Each word's text holds the space before it, where its language has any.
    """

    words: tuple[Word, ...]
    language: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """A half-open stretch [start_ms, end_ms) in which there is a voice."""

    start_ms: int
    end_ms: int


class Transcriber(Protocol):
    """Finds voices in sound (float32, one channel of 16 kHz) and writes down what they say."""

    def voices(self, samples: Samples) -> list[Voice]:
        """Return where there is a voice, by time, in ms from the first sample."""
        ...

    def passages(self, samples: Samples, voices: list[Voice]) -> list[Passage]:
        """Return what the voices say, by time."""
        ...


class TranscriberKind(Protocol):
    """What a transcriber's module offers: find the model quickly, load it when needed."""

    def locate(self, options: SpeechOptions, announce: Announce) -> SpeechModel:
        """Find the model, downloading it where allowed; loads no weights.

        Raises:
            ModelError: it cannot be had, or not for this language; says why and what to do.
        """
        ...

    def load(self, options: SpeechOptions, model: SpeechModel) -> Transcriber:
        """Load what `locate` found.

        Raises:
            ModelError: it is not usable.
        """
        ...


# kind → module; a model called `KIND:…` is of that kind, any other name is Whisper's.
TRANSCRIBERS: dict[str, str] = {
    "whisper": "indexer.speech.transcribing.faster_whisper_engine",
    "fake": "indexer.speech.transcribing.fake_transcriber",
}


def transcriber_kind(model: str) -> TranscriberKind:
    """Return the module that writes speech down with `model`."""
    kind, _, _ = model.partition(":")
    module = TRANSCRIBERS.get(kind, TRANSCRIBERS["whisper"])
    return cast(TranscriberKind, import_module(module))


def installed() -> bool:
    """Whether the extra that writes speech down is installed."""
    return find_spec("faster_whisper") is not None
