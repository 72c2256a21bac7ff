"""What a library remembers of itself beside its tables: library.json."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from indexer.errors import LibraryError
from indexer.segments import Recipe
from search.embedding.embedder import EmbedderIdentity

SCHEMA = 2
_NAME = "library.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A library's schema version, its embedder, its recipes by key, and what to index with.

    `model` is the model as the user named it (256m, a folder …) and `recipe` the key of the
    recipe it was last indexed with; empty while nothing has been. `segments` names the table of
    segments, which is made anew for another embedder.
    """

    embedder: EmbedderIdentity | None = None
    recipes: dict[str, Recipe] = field(default_factory=dict)
    model: str = ""
    recipe: str = ""
    segments: str = "segments"
    schema: int = SCHEMA

    def knowing(self, recipe: Recipe, model: str = "") -> Manifest:
        """Return this manifest with a recipe added; with `model`, it becomes the default."""
        known = replace(self, recipes={**self.recipes, recipe.key: recipe})
        return replace(known, model=model, recipe=recipe.key) if model else known


def exists(folder: Path) -> bool:
    """Whether there is a library in `folder`."""
    return (folder / _NAME).is_file()


def read_if_there(folder: Path) -> Manifest:
    """Read a library's manifest; an empty one where there is no library yet."""
    return read(folder) if exists(folder) else Manifest()


def read(folder: Path) -> Manifest:
    """Read a library's manifest.

    Raises:
        LibraryError: it is damaged, or was written by a newer scenelist.
    """
    path = folder / _NAME
    try:
        facts: dict[str, Any] = json.loads(path.read_text("utf-8"))
        schema = int(facts["schema"])
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise LibraryError(f"{path} is damaged: restore it from a backup.") from error
    if schema > SCHEMA:
        raise LibraryError(
            f"The library in {folder} was made by a newer scenelist: upgrade this one"
            " (pip install --upgrade scenelist)."
        )
    embedder = EmbedderIdentity(**facts["embedder"]) if facts["embedder"] else None
    recipes = {key: Recipe(**recipe) for key, recipe in facts["recipes"].items()}
    return Manifest(
        embedder,
        recipes,
        facts["model"],
        facts["recipe"],
        facts.get("segments", "segments"),
        schema,
    )


def write(folder: Path, manifest: Manifest) -> None:
    """Write a library's manifest, whole or not at all.

    Raises:
        LibraryError: the folder cannot be written.
    """
    facts = asdict(manifest)
    part = folder / f"{_NAME}.part"
    try:
        with part.open("w", encoding="utf-8") as file:
            json.dump(facts, file, ensure_ascii=False, indent=2)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / _NAME)
    except OSError as error:
        raise LibraryError(
            f"The library in {folder} cannot be written ({error.strerror}):"
            " check the disk and its permissions."
        ) from error
