"""Who puts windows into words: the protocol of describers, their options, and their registry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from indexer.errors import ScenelistError, VideoError
from indexer.media.clip import Clip
from indexer.media.readers.reader import FrameSize

DEFAULT_PROMPT = (
    "Describe what happens in this video clip in one or two sentences. "
    "Name the people, animals and things that are seen, what they do, and the place."
)

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DescriberOptions:
    """What a describer is made of: which checkpoint, which question, on what hardware.

    `device` is auto, cpu, cuda, cuda:N or mps, or several with commas between; `dtype` is auto,
    float32, bfloat16, float16 or int8; a `batch_size` of 0 lets the describer choose; `offline`
    forbids any download. With `every_frame`, frames that look like one just seen are looked at all
    the same. `engine` runs the model (engines/choice.py); what it prepares once is kept in the
    folder `cache`, if there is one. `compile` is for long runs on a GPU (`TorchEngine`).
    With `servers`, their URLs, the model is behind these, and they are shown `server_key`; they may
    all be silent for `silence_s` seconds before that is an error.
    """

    model: str
    prompt: str = DEFAULT_PROMPT
    max_new_tokens: int = 64
    device: str = "auto"
    dtype: str = "auto"
    batch_size: int = 0
    offline: bool = False
    every_frame: bool = False
    engine: str = "auto"
    cache: Path | None = None
    compile: bool = False
    servers: tuple[str, ...] = ()
    server_key: str = field(default="", repr=False)
    silence_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Which model writes the words: its name, its revision, and the folder it lies in, if any.

    Where a fine-tune was saved as what it changes, that lies in the folder `adapter` and what it
    changes in `folder`.
    """

    name: str
    revision: str
    folder: Path | None = None
    adapter: Path | None = None


class Describer(Protocol):
    """Puts clips into words.

    `edge` and `square` say how large it wants frames (`frames.FrameSize`), `batch_size` how many
    clips it likes at a time.
    """

    edge: int
    square: bool
    batch_size: int

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        """Return one description per clip, in order.

        Raises:
            PartlyDescribedError: some files' clips cannot be described, and are to blame for it.
        """
        ...


class PartlyDescribedError(ScenelistError):
    """Not all clips could be described: `results` are the words, or what is wrong with the file."""

    def __init__(self, results: Sequence[str | VideoError]) -> None:
        super().__init__(str(next(each for each in results if isinstance(each, VideoError))))
        self.results = results


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to be asked about: uint8 RGB, shape (height, width, 3), and what it is called."""

    pixels: NDArray[np.uint8]
    caption: str = ""


@runtime_checkable
class Answerer(Describer, Protocol):
    """A describer that also answers questions of one's own; those that cannot only describe."""

    def answer(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[str]:
        """Return the answer to one question per clip, in order."""
        ...

    def likelihoods(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[float]:
        """Return how likely yes is as the answer to one question per clip, in order, 0 to 1."""
        ...

    def answer_pictures(self, pictures: Sequence[Picture], question: str) -> str:
        """Return the answer to a question about several pictures together.

        Raises:
            RequestError: there are more than the model can read at a time.
        """
        ...

    def complete(self, requests: Sequence[str]) -> list[str]:
        """Return the answer to each request, which is text alone, in order."""
        ...

    def remember(self, frames: int) -> None:
        """Keep what was seen in so many of the last frames, for further questions about them."""
        ...


class DescriberKind(Protocol):
    """What a describer's module offers: find the checkpoint quickly, load it when needed."""

    def locate(self, options: DescriberOptions, announce: Announce) -> Checkpoint:
        """Find the checkpoint, downloading it where allowed; loads no weights.

        Raises:
            ModelError: it cannot be had; says why and what to do.
        """
        ...

    def frame_size(self, checkpoint: Checkpoint) -> FrameSize | None:
        """Return how large its frames are to be, where that is known before it is loaded."""
        ...

    def load(
        self, options: DescriberOptions, checkpoint: Checkpoint, announce: Announce
    ) -> Describer:
        """Load what `locate` found; `announce` is told of what takes long, before it does.

        Raises:
            ModelError: it is not usable.
        """
        ...


# kind → module; a model called `KIND:…` is of that kind, any other name is SmolVLM2's.
DESCRIBERS: dict[str, str] = {
    "smolvlm": "indexer.describing.smolvlm",
    "fake": "indexer.describing.fake_describer",
    "server": "indexer.describing.servers.openai_server",
}


def describer_kind(model: str) -> DescriberKind:
    """Return the module that describes with `model`."""
    kind, _, _ = model.partition(":")
    return cast(DescriberKind, import_module(DESCRIBERS.get(kind, DESCRIBERS["smolvlm"])))


def _say_nothing(message: str) -> None:
    """Keep a download's announcement to oneself."""


def load_describer(options: DescriberOptions, announce: Announce = _say_nothing) -> Describer:
    """Find and load what describes with `options.model`.

    Raises:
        ModelError: the model cannot be had; says why and what to do.
    """
    kind = describer_kind(options.model)
    return kind.load(options, kind.locate(options, announce), announce)


class OnDemand:
    """Loads a describer once, when it is first asked for, whichever thread asks.

    With a `frame_size`, frames can be decoded for it while it is being loaded.
    """

    def __init__(self, load: Callable[[], Describer], frame_size: FrameSize | None = None) -> None:
        self._load = load
        self.frame_size = frame_size
        self._lock = Lock()
        self._describer: Describer | None = None

    def __call__(self) -> Describer:
        """Return the describer; raises ModelError where it cannot be loaded."""
        with self._lock:
            if self._describer is None:
                self._describer = self._load()
            return self._describer
