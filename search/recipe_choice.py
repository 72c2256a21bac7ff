"""How videos are to be described: as wished, else as the library was, else as new ones are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib.metadata import version

from indexer.describing.describer import (
    DEFAULT_PROMPT,
    Announce,
    Checkpoint,
    DescriberOptions,
    describer_kind,
)
from indexer.errors import RequestError
from indexer.frame_sampling import DEFAULT_FRAMES, QUICK_FRAMES
from indexer.recipe import Recipe
from search.store.manifest import Manifest
from search.user_folders import cache_folder

_NEW_MODEL = "256m"
_NEW_WINDOW_S = 10.0
_NEW_TOKENS = 64
# What the names of models behind servers begin with.
_SERVED = "server:"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for; None where the library's own ways are to be kept.

    `window` and `stride` are in seconds; a `batch_size` of 0 lets the describer choose. With
    `servers` (URLs) the model is behind them; `server_key` is what they want to be shown.
    """

    model: str | None = None
    window: float | None = None
    stride: float | None = None
    frames: int | None = None
    prompt: str | None = None
    max_new_tokens: int | None = None
    device: str = "auto"
    dtype: str = "auto"
    batch_size: int = 0
    every_frame: bool = False
    sampling: str | None = None
    skip_still: bool | None = None
    engine: str = "auto"
    servers: tuple[str, ...] = ()
    server_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """How to describe: the recipe that is remembered, and what its describer is made of."""

    recipe: Recipe
    options: DescriberOptions
    checkpoint: Checkpoint


def first_look(recipe: Recipe, every_ms: int) -> Recipe:
    """Return the recipe of a quick first pass: a window every so often, seen in few keyframes.

    Raises:
        RequestError: windows so close that nothing is left out.
    """
    if every_ms < 2 * recipe.window_ms:
        raise RequestError(
            f"A first look every {every_ms / 1000:g} s is none with windows of"
            f" {recipe.window_ms / 1000:g} s: choose"
            f" --quick-every {-(-recipe.window_ms // 500)}s or more."
        )
    frames = min(recipe.frames, QUICK_FRAMES)
    return replace(recipe, stride_ms=every_ms, frames=frames, sampling="keyframes")


def choose_recipe(wish: Wishes, known: Manifest, *, offline: bool, announce: Announce) -> Choice:
    """Choose how to describe: as wished, else as the library was, else as new ones are.

    Raises:
        RequestError: a window or stride that cannot be.
        ModelError: the model cannot be had.
    """
    last = known.recipes.get(known.recipe)
    model = _behind_a_server(wish, known) or wish.model or known.model or _NEW_MODEL
    options = DescriberOptions(
        model,
        wish.prompt or (last.prompt if last else DEFAULT_PROMPT),
        wish.max_new_tokens or (last.max_new_tokens if last else _NEW_TOKENS),
        wish.device,
        wish.dtype,
        wish.batch_size,
        offline,
        wish.every_frame,
        wish.engine,
        cache_folder() / "openvino",
        servers=wish.servers,
        server_key=wish.server_key,
    )
    window_ms, stride_ms = _tiling(wish, last)
    checkpoint = describer_kind(model).locate(options, announce)
    if wish.servers:
        options = replace(options, model=_SERVED + checkpoint.name)
    recipe = Recipe(
        checkpoint.name,
        checkpoint.revision,
        options.prompt,
        wish.frames or (last.frames if last else DEFAULT_FRAMES),
        window_ms,
        stride_ms,
        options.max_new_tokens,
        version("scenelist"),
        wish.sampling or "even",
        bool(last and last.skip_still) if wish.skip_still is None else wish.skip_still,
    )
    return Choice(recipe, options, checkpoint)


def _tiling(wish: Wishes, last: Recipe | None) -> tuple[int, int]:
    """Return how long windows are, and how far apart they begin, in ms."""
    window_ms = round(1000 * wish.window) if wish.window is not None else 0
    if not window_ms:
        window_ms = last.window_ms if last else round(1000 * _NEW_WINDOW_S)
    if wish.stride is not None:
        stride_ms = round(1000 * wish.stride)
    else:
        stride_ms = last.stride_ms if last and wish.window is None else window_ms
    if window_ms < 1_000 or not 1 <= stride_ms <= window_ms:
        raise RequestError(
            "A window is at least 1 second long, and its stride above 0 and at most the window."
        )
    return window_ms, stride_ms


def is_served(model: str) -> bool:
    """Whether the name of a model, as libraries keep it, is of one behind a server."""
    return model.startswith(_SERVED)


def _behind_a_server(wish: Wishes, known: Manifest) -> str:
    """Return the name of the model that servers are asked for; '' where there are no servers.

    That is the one named, else the library's if it was behind a server too, else whichever it is
    that they have.
    """
    if not wish.servers:
        return ""
    last = known.model if is_served(known.model) else ""
    return _SERVED + (wish.model or last).removeprefix(_SERVED)
