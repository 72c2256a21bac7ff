"""While a question is answered NumPy multiplies with one thread, and then as before."""

from __future__ import annotations

from pathlib import Path

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from search import Library
from search.embedding.fake_embedder import FakeEmbedder
from search.embedding.one_thread import one_thread
from tests.command import Run


def threads() -> list[int]:
    blas = ThreadpoolController().select(user_api="blas")
    return [library.get_num_threads() for library in blas.lib_controllers]


def test_one_thread_as_long_as_anybody_wants_it() -> None:
    with threadpool_limits(2, "blas"):
        before = threads()
        with one_thread().wanted():
            with pytest.raises(ZeroDivisionError), one_thread().wanted():
                _ = 1 / 0
            assert set(threads()) <= {1}, "others still want it"
        assert threads() == before


def test_a_search_has_one_and_leaves_others_theirs(
    indexed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    embedded = FakeEmbedder.queries

    def watched(self: FakeEmbedder, texts: list[str]) -> object:
        seen.extend(threads())
        return embedded(self, texts)

    monkeypatch.setattr(FakeEmbedder, "queries", watched)
    with threadpool_limits(2, "blas"):
        before = threads()
        assert Library.open(tmp_path / "library").search("a grey picture")
        assert threads() == before
    assert set(seen) <= {1}
    assert bool(seen) == bool(before)
