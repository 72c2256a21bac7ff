"""How `scenelist index` describes: as wished, else as the library was, else as new ones are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version

import click

from commands.screen import say
from commands.settings import Settings
from indexer.describe import (
    DEFAULT_PROMPT,
    Checkpoint,
    DescriberOptions,
    Recipe,
    describer_kind,
)
from indexer.errors import RequestError
from search.manifest import Manifest

_NEW_MODEL = "256m"
_NEW_WINDOW_S = 10.0
_NEW_FRAMES = 8
_NEW_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for; None where the library's own ways are to be kept."""

    model: str | None
    window: float | None
    stride: float | None
    frames: int | None
    prompt: str | None
    max_new_tokens: int | None
    device: str
    dtype: str
    batch_size: int
    every_frame: bool
    sampling: str | None
    skip_still: bool | None
    engine: str


class BatchSize(click.ParamType[int]):
    """A positive number, or auto (0)."""

    name = "N|auto"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number; 0 for auto."""
        if value == "auto":
            return 0
        if not str(value).isdigit() or int(value) < 1:
            self.fail(f"{value!r} is neither a number above 0 nor auto.", param, ctx)
        return int(value)


class Devices(click.ParamType[str]):
    """auto, or devices with commas between: cpu, mps, cuda, cuda:N."""

    name = "DEVICE[,...]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the names as they are, once they are known to be some."""
        known = value == "auto" or all(
            re.fullmatch(r"cpu|mps|cuda(:\d+)?", name) for name in value.split(",")
        )
        if not known:
            self.fail(f"{value!r} is none of auto, cpu, cuda, cuda:N, mps.", param, ctx)
        return value


def recipe_for(
    wish: Wishes, known: Manifest, settings: Settings
) -> tuple[Recipe, DescriberOptions, Checkpoint]:
    """Return how to describe: as wished, else as the library was, else as new ones are."""
    last = known.recipes.get(known.recipe)
    model = wish.model or known.model or _NEW_MODEL
    options = DescriberOptions(
        model,
        wish.prompt or (last.prompt if last else DEFAULT_PROMPT),
        wish.max_new_tokens or (last.max_new_tokens if last else _NEW_TOKENS),
        wish.device,
        wish.dtype,
        wish.batch_size,
        settings.offline,
        wish.every_frame,
        wish.engine,
        settings.cache / "openvino",
    )
    window_ms = round(1000 * wish.window) if wish.window is not None else 0
    if not window_ms:
        window_ms = last.window_ms if last else round(1000 * _NEW_WINDOW_S)
    stride_ms = round(1000 * wish.stride) if wish.stride is not None else 0
    if wish.stride is None:
        keep = last is not None and wish.window is None
        stride_ms = last.stride_ms if last is not None and keep else window_ms
    if window_ms < 1_000 or not 1 <= stride_ms <= window_ms:
        raise RequestError(
            "A window is at least 1 second long, and its stride above 0 and at most the window."
        )
    checkpoint = describer_kind(model).locate(options, say)
    recipe = Recipe(
        checkpoint.name,
        checkpoint.revision,
        options.prompt,
        wish.frames or (last.frames if last else _NEW_FRAMES),
        window_ms,
        stride_ms,
        options.max_new_tokens,
        version("scenelist"),
        wish.sampling or "even",
        bool(last and last.skip_still) if wish.skip_still is None else wish.skip_still,
    )
    return recipe, options, checkpoint
