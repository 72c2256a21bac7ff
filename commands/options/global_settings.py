"""What every command gets to know: which library, and whether the network may be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from search.user_folders import cache_folder

if TYPE_CHECKING:
    from search.library import Library


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that stand before the command."""

    library: Path
    offline: bool

    @property
    def cache(self) -> Path:
        """The folder for what can be made again: it may be deleted at any time."""
        return cache_folder()

    def open(self, *, create: bool = False, embedder: str | None = None) -> Library:
        """Open the library; only now is LanceDB loaded, so that `--help` is instant.

        Raises:
            LibraryError: there is none, or it cannot be used.
        """
        from search.library import Library

        return Library.open(self.library, create=create, embedder=embedder, offline=self.offline)
