"""What a library remembers of itself beside its tables: library.json."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from indexer.errors import LibraryError
from indexer.installation import upgrade
from indexer.recipe import Recipe
from search.embedding.embedder import EmbedderIdentity

SCHEMA = 3
_NAME = "library.json"
_TABLE = re.compile(r"segments(_\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SpeechWishes:
    """How speech is to be written down: model (off, auto, a name), language and audio track.

    An empty `model` says that nothing has been decided; an empty `language` or `track` that it is
    found out.
    """

    model: str = ""
    language: str = ""
    track: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A library's schema version, its embedder, its recipes by key, and what to index with.

    `model` is the model as the user named it (256m, a folder …) and `recipe` the key of the
    recipe it was last indexed with; empty while nothing has been. `segments` names the table of
    segments, which is made anew for another embedder. `wording` says by which rules its
    descriptions were cleaned before they were embedded (`wording.WORDING`), 0: by none. While some
    vectors are still those of descriptions and transcripts as one text (of libraries of schema 2),
    `mixed` says so. `speech` is how speech was written down last.
    """

    embedder: EmbedderIdentity | None = None
    recipes: dict[str, Recipe] = field(default_factory=dict)
    model: str = ""
    recipe: str = ""
    segments: str = "segments"
    mixed: bool = False
    speech: SpeechWishes = SpeechWishes()
    schema: int = SCHEMA
    wording: int = 0

    def knowing(self, recipe: Recipe, model: str = "") -> Manifest:
        """Return this manifest with a recipe added; with `model`, it becomes the default."""
        known = replace(self, recipes={**self.recipes, recipe.key: recipe})
        return replace(known, model=model, recipe=recipe.key) if model else known


def exists(folder: Path) -> bool:
    """Whether there is a library in `folder`; its library.json may be lost."""
    return is_written(folder) or has_tables(folder)


def is_written(folder: Path) -> bool:
    """Whether a library has its library.json."""
    return (folder / _NAME).is_file()


def has_tables(folder: Path) -> bool:
    """Whether there are tables of a library in `folder`."""
    return any(folder.glob("*.lance"))


def mark(folder: Path) -> tuple[int, int, int]:
    """Return what changes whenever library.json does."""
    try:
        status = (folder / _NAME).stat()
    except OSError:
        return 0, 0, 0
    return status.st_ino, status.st_mtime_ns, status.st_size


def read_if_there(folder: Path) -> Manifest:
    """Read a library's manifest; an empty one where there is no library yet, or it is lost."""
    there = is_written(folder) or (copy_path(folder).is_file() and has_tables(folder))
    return read(folder) if there else Manifest()


def copy_path(folder: Path) -> Path:
    """Return where the second copy of library.json lies."""
    return folder / f"{_NAME}.copy"


def read(folder: Path) -> Manifest:
    """Read a library's manifest: its library.json, or where that is lost the copy of it.

    Raises:
        LibraryError: it is damaged, or was written by a newer scenelist.
    """
    path = folder / _NAME
    if not path.exists() and copy_path(folder).exists():
        path = copy_path(folder)
    return read_file(path)


def read_file(path: Path) -> Manifest:
    """Read a manifest from a file; raises LibraryError as `read` does."""
    try:
        facts: dict[str, Any] = json.loads(path.read_text("utf-8"))
        schema = int(facts["schema"])
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LibraryError(_damaged(path, error)) from error
    if schema > SCHEMA:
        raise LibraryError(
            f"The library in {path.parent} was made by a newer scenelist: upgrade this one"
            f" ({upgrade()})."
        )
    try:
        return _manifest(facts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LibraryError(_damaged(path, error)) from error


def _manifest(facts: dict[str, Any]) -> Manifest:
    """Return what a file's facts say; each of them must be there, and be of its kind."""
    facts = {"segments": "segments", "wording": 0, "mixed": False, "speech": {}, **facts}
    names = {each.name for each in fields(Manifest)}
    for missing in sorted(names - facts.keys()):
        raise ValueError(f"it lacks {missing}")
    for unknown in sorted(facts.keys() - names):
        raise ValueError(f"{unknown} in it is unknown")
    embedder = EmbedderIdentity(**facts["embedder"]) if facts["embedder"] is not None else None
    recipes = {key: Recipe(**recipe) for key, recipe in facts["recipes"].items()}
    speech = SpeechWishes(**facts["speech"])
    for each in (embedder, speech, *recipes.values()):
        if each is not None:
            _check_kinds(each)
    known = Manifest(
        embedder,
        recipes,
        facts["model"],
        facts["recipe"],
        facts["segments"],
        facts["mixed"],
        speech,
        int(facts["schema"]),
        facts["wording"],
    )
    _check_kinds(known)
    if not _TABLE.fullmatch(known.segments) or known.schema < 1:
        raise ValueError("its values make no sense")
    return known


def _check_kinds(facts: Any) -> None:
    """Raise ValueError where a field that is a str, int or bool is none."""
    kinds: dict[str, type] = {"str": str, "int": int, "bool": bool}
    for each in fields(facts):
        kind = kinds.get(getattr(each.type, "__name__", str(each.type)))
        if kind is not None and type(getattr(facts, each.name)) is not kind:
            raise ValueError(f"{each.name} in it is no {kind.__name__}")


def _damaged(path: Path, error: Exception) -> str:
    what = str(error) if type(error) is ValueError else "it cannot be understood"
    return (
        f"{path} is damaged ({what}): run `scenelist doctor --repair`, which takes its copy,"
        " or restore it from a backup."
    )


def write(folder: Path, manifest: Manifest) -> None:
    """Write a library's manifest, whole or not at all, and then its copy.

    Raises:
        LibraryError: the folder cannot be written.
    """
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2)
    try:
        for path in (folder / _NAME, copy_path(folder)):
            part = folder / f"{_NAME}.part"
            with part.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
    except OSError as error:
        raise LibraryError(
            f"The library in {folder} cannot be written ({error.strerror}):"
            " check the disk and its permissions."
        ) from error
