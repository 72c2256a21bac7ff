"""Descriptions of windows, and the protocol of whoever writes them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from importlib import import_module
from json import dumps
from typing import Protocol, cast

from indexer.errors import ModelError
from indexer.frames import Clip
from indexer.windows import Window

DEFAULT_PROMPT = (
    "Describe what happens in this video clip in one or two sentences. "
    "Name the people, animals and things that are seen, what they do, and the place."
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How windows are described: everything that, changed, would change the words.

    `window_ms` and `stride_ms` are in ms; `revision` tells two checkpoints of one name apart;
    `version` is the scenelist version that wrote the words and does not count as a change.
    """

    model: str
    revision: str
    prompt: str
    frames: int
    window_ms: int
    stride_ms: int
    max_new_tokens: int
    version: str = ""

    @property
    def key(self) -> str:
        """A short name for this recipe: equal recipes, equal keys, whatever the version."""
        facts = asdict(self)
        del facts["version"]
        return blake2b(dumps(facts, sort_keys=True).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Segment:
    """A window put into words: the description, and what is said in it (subtitles)."""

    window: Window
    text: str
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class DescriberOptions:
    """What a describer is made of: which checkpoint, which question, on what hardware.

    `device` is auto, cpu, cuda or mps; `dtype` is auto, float32, bfloat16 or float16;
    `offline` forbids any download.
    """

    model: str
    prompt: str = DEFAULT_PROMPT
    max_new_tokens: int = 64
    device: str = "auto"
    dtype: str = "auto"
    offline: bool = False


class Describer(Protocol):
    """Puts clips into words.

    `model` and `revision` say what wrote them, `edge` is the longest side in pixels of the
    frames it wants, `batch_size` how many clips it likes at a time.
    """

    model: str
    revision: str
    edge: int
    batch_size: int

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        """Return one description per clip, in order."""
        ...


# name → "module:callable", the callable taking DescriberOptions; a new describer is a line here.
DESCRIBERS: dict[str, str] = {
    "smolvlm": "indexer.smolvlm:load",
    "fake": "indexer.fake:load",
}


def load_describer(options: DescriberOptions) -> Describer:
    """Load what describes with `options.model`; a plain model name or folder means SmolVLM2.

    `KIND:NAME` chooses another kind of describer from the registry.

    Raises:
        ModelError: the model cannot be had; says why and what to do.
    """
    kind, _, _ = options.model.partition(":")
    target = DESCRIBERS.get(kind, DESCRIBERS["smolvlm"])
    module, _, name = target.partition(":")
    load = cast(Callable[[DescriberOptions], Describer], getattr(import_module(module), name))
    try:
        return load(options)
    except ImportError as error:
        raise ModelError(f"{options.model} needs a package that is missing: {error.name}.") from error
