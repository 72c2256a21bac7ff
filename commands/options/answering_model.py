"""The model that answers, for commands that ask one: its options, loading it, showing progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.options.global_settings import Settings
from commands.options.option_types import Devices
from commands.options.servers import server_key, server_options
from commands.terminal.console import news, progress_of, say
from indexer.describing.engines.registry import ENGINES
from indexer.describing.hardware import DTYPES

if TYPE_CHECKING:
    from answering.answering import Answering
    from search.library import Library
    from search.recipe_choice import Wishes

# Frames whose features are kept, each some hundred kilobytes: a few batches.
REMEMBERED = 128
# Somebody waits for an answer: servers that are gone are waited for so long, and no longer.
_SILENCE_S = 60.0
_OPTIONS = ("name", "device", "dtype", "engine")


@dataclass(frozen=True, slots=True)
class Model:
    """Which model is to answer, and on what; None is the library's.

    With `servers`, their URLs, it is behind these; `key_file` holds the key that they want.
    """

    name: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    engine: str = "auto"
    servers: tuple[str, ...] = ()
    key_file: Path | None = None

    def wishes(self) -> Wishes:
        """Return what is asked for, with the key for the servers.

        Raises:
            RequestError: the key file cannot be read, or there is none to show a key to.
        """
        from search.recipe_choice import Wishes

        return Wishes(
            model=self.name,
            device=self.device,
            dtype=self.dtype,
            engine=self.engine,
            servers=self.servers,
            server_key=server_key(self.servers, self.key_file),
        )


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that make a `Model`; it gets it as `model`."""

    def gathered(*args: Any, **flags: Any) -> Any:
        chosen = Model(
            **{name: flags.pop(f"model_{name}") for name in _OPTIONS},
            servers=flags.pop("servers"),
            key_file=flags.pop("server_key_file"),
        )
        return command(*args, **flags, model=chosen)

    gathered.__name__, gathered.__doc__ = command.__name__, command.__doc__
    gathered.__dict__.update(command.__dict__)
    options = [
        click.option(
            "--model",
            "model_name",
            metavar="NAME",
            help="Who looks and answers: 256m, 500m, 2.2b, a hub id, a folder, or a server's."
            " [the library's]",
        ),
        click.option("--device", "model_device", type=Devices(), default="auto", help="[the best]"),
        click.option(
            "--dtype", "model_dtype", type=click.Choice(["auto", *DTYPES]), default="auto"
        ),
        click.option("--engine", "model_engine", type=click.Choice(ENGINES), default="auto"),
    ]
    gathered = server_options(gathered)
    for option in reversed(options):
        gathered = option(gathered)
    return gathered


@contextmanager
def answering_with(
    model: Model, settings: Settings, library: Library | None, *, remembered: int = REMEMBERED
) -> Iterator[tuple[Answering, str]]:
    """Load the model and yield who answers with it, and the model's name and revision.

    `remembered` is how many of the last frames stay seen between questions.

    Raises:
        ModelError: the model cannot be had, or can only describe.
    """
    from answering.answering import Answering
    from indexer.describing.describer import describer_kind
    from indexer.describing.hardware import devices_for
    from indexer.processes.background import Aside
    from search.recipe_choice import choose_recipe
    from search.store.manifest import Manifest

    known = library.manifest if library is not None else Manifest()
    choice = choose_recipe(model.wishes(), known, offline=settings.offline, announce=say)
    options, checkpoint = choice.options, choice.checkpoint
    if model.servers:
        options = replace(options, silence_s=_SILENCE_S)
    else:
        # A question is one thing after another: a second device would only wait.
        options = replace(options, device=devices_for(options.device)[0])
    describer = Aside().do(lambda: describer_kind(options.model).load(options, checkpoint, say))
    with Answering(library, describer, remembered=remembered) as answering:
        yield answering, f"{checkpoint.name} {checkpoint.revision}"


@contextmanager
def looking(words: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far looking has come; yields what is told how many of how many are done.

    Where stderr is no terminal, one line says what is done.
    """
    if not news().is_terminal:
        say(f"{words}…")
    with progress_of(words) as told:
        yield told
