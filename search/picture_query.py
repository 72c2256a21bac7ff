"""A picture as a question: the library's own model puts it into words, which are looked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.describing.describer import Announce, describer_kind
from indexer.errors import RequestError, VideoError
from indexer.media.clip import Clip
from indexer.scanning.scan import absolute
from indexer.windows import Window
from search.recipe_choice import Wishes, choose_recipe, is_served
from search.store.manifest import Manifest

# Enough to find out whether it is a picture.
_SMALL = 32


def words_of_picture(
    path: Path, known: Manifest, wish: Wishes | None, *, offline: bool, announce: Announce
) -> str:
    """Return what the model that a library is described with says of a picture.

    Of what is wished for only the servers count, and only where that model is behind one.

    Raises:
        RequestError: the picture cannot be read, or the model has nothing to say of it.
        ModelError: the model cannot be had.
    """
    path = absolute(path)
    if not path.is_file():
        raise RequestError(f"There is no picture {path}: check the path.")
    _see(path, _SMALL)  # what is none is told before a model is loaded for it
    asked = Wishes()
    if wish is not None and is_served(known.model):
        asked = Wishes(servers=wish.servers, server_key=wish.server_key)
    choice = choose_recipe(asked, known, offline=offline, announce=announce)
    describer = describer_kind(choice.options.model).load(
        choice.options, choice.checkpoint, announce
    )
    pixels = _see(path, describer.edge)
    (words,) = describer.describe([Clip(Window(0, 1_000), (0,), pixels[None])])
    if not words.strip():
        raise RequestError(f"The model has nothing to say of {path}: say what it shows in words.")
    return words


def _see(path: Path, edge: int) -> NDArray[np.uint8]:
    from indexer.media.thumbnails import still  # brings a decoder: only where it is needed

    try:
        return still(path, 0, edge)
    except VideoError as error:
        raise RequestError(f"{path} cannot be read as a picture ({error}).") from error
