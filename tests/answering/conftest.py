"""A library of films whose colours are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from answering import Answering
from indexer.describing.describer import DescriberOptions, load_describer
from search.library import Library
from tests.coloured_films import SHOWN, film
from tests.command import Run, index_once


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("colours")
    for name in SHOWN:
        film(folder, name)
    return folder


@pytest.fixture(scope="session")
def library_of_colours(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library of the films, which nobody writes to."""
    return index_once(tmp_path_factory.mktemp("indexed"), films, "--frames", "8")


@pytest.fixture
def coloured(run: Run, library_of_colours: Path, tmp_path: Path) -> Run:
    """Run the command line with a library of the films, a copy for each test."""
    copytree(library_of_colours, tmp_path / "library")
    return run


@pytest.fixture
def library(coloured: Run, tmp_path: Path) -> Library:
    return Library.open(tmp_path / "library")


@pytest.fixture
def answering(library: Library) -> Iterator[Answering]:
    with Answering(library, load_describer(DescriberOptions("fake:"))) as answering:
        yield answering
