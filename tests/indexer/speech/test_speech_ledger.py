"""Whoever keeps the books of what is said: the library's writer."""

from search import Library
from search.store.writing.writer import Writer


def test_the_writer_is_a_ledger_of_words(library: Library) -> None:
    assert isinstance(library.memory(), Writer)
