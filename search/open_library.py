"""A library as it is open: manifest, tables and models, read again when others change them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TypeVar

from indexer.errors import LibraryError
from indexer.recipe import Recipe
from search.catalogue.catalogue import Catalogue, catalogue_version, read_catalogue
from search.catalogue.hidden_videos import Hidden
from search.embedding.cross_encoder import load_reranker
from search.embedding.embedder import Embedder, QueryEncoder
from search.embedding.registry import load_embedder, load_query_encoder
from search.rerank import Reranker
from search.store import manifest
from search.store.manifest import Manifest
from search.store.opening import read_up_to_date
from search.store.tables import Store
from search.store.writing.writer import Writer

_T = TypeVar("_T")


class OpenLibrary:
    """What stays in memory of a library's folder, and is the same as what is there."""

    def __init__(self, folder: Path, *, embedder: str | None, offline: bool) -> None:
        self.folder = folder
        self._manifest = read_up_to_date(folder)
        self._asked_embedder = embedder
        self._offline = offline
        self._mark = manifest.mark(folder)
        self._tables = Store(folder, None, self._manifest.segments)
        self._renewing = RLock()
        self._seen: Catalogue | None = None
        self._loaded: tuple[str, Reranker] | None = None

    @property
    def manifest(self) -> Manifest:
        """What the library remembers of itself: embedder, recipes, defaults."""
        return self._manifest

    @property
    def _store(self) -> Store:
        """The tables as they are now: another process may have embedded everything anew."""
        self._renew()
        return self._tables

    def _renew(self) -> bool:
        """Read library.json again if it has changed; return whether there are other tables now."""
        with self._renewing:
            if (mark := manifest.mark(self.folder)) == self._mark:
                return False
            before, self._manifest = self._manifest, manifest.read(self.folder)
            self._mark = mark
            embedder_changed = before.embedder != self._manifest.embedder
            if embedder_changed:
                self._asked_embedder = None
                for name in ("_encoder", "_embedder"):
                    self.__dict__.pop(name, None)
            if not embedder_changed and before.segments == self._manifest.segments:
                return False
            self._tables = Store(self.folder, None, self._manifest.segments)
            self._seen = None
            return True

    def _steadily(self, call: Callable[[], _T]) -> _T:
        """Call again what failed because tables were exchanged in the middle of it."""
        try:
            return call()
        except LibraryError:
            if not self._renew():
                raise
            return call()

    @cached_property
    def _embedder(self) -> Embedder:
        recorded = self._manifest.embedder
        assert recorded is not None
        embedder = load_embedder(self._asked_embedder or recorded.name, offline=self._offline)
        self._require(embedder)
        return embedder

    @cached_property
    def _encoder(self) -> QueryEncoder:
        if "_embedder" in self.__dict__:
            return self._embedder
        recorded = self._manifest.embedder
        assert recorded is not None
        return load_query_encoder(recorded, offline=self._offline)

    def _require(self, embedder: Embedder) -> None:
        if embedder.identity != self._manifest.embedder:
            raise LibraryError(
                f"The library in {self.folder} was made with the embedder"
                f" {self._manifest.embedder.name if self._manifest.embedder else '?'}, not"
                f" {embedder.identity.name}: leave --embedder out, or choose another --library."
            )

    def _reranker(self, name: str) -> Reranker:
        if self._loaded is None or self._loaded[0] != name:
            self._loaded = name, load_reranker(name, offline=self._offline)
        return self._loaded[1]

    def _known(self) -> Catalogue:
        """Return what there is and what of it may be found, read again when it has changed."""
        hidden = Hidden(self.folder)
        version = catalogue_version(self._store, hidden)
        if self._seen is None or self._seen.version != version:
            self._seen = read_catalogue(self._store, hidden, version)
        return self._seen

    def _writer(self) -> Writer:
        return Writer(self._store, lambda: self._embedder, self._learn)

    def _learn(self, recipe: Recipe) -> None:
        if recipe.key not in self._manifest.recipes:
            self._save(self._manifest.knowing(recipe))

    def _save(self, changed: Manifest) -> None:
        manifest.write(self.folder, changed)
        self._manifest, self._mark = changed, manifest.mark(self.folder)

    def _exchange(self, tables: Store, changed: Manifest, embedder: Embedder) -> None:
        """Go on with other tables, whose vectors are another embedder's."""
        self._save(changed)
        self._tables, self._seen = tables, None
        self.__dict__.pop("_encoder", None)
        self._embedder = embedder
