"""A library of films whose colours are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from answering import Answering
from indexer.describing.describer import DescriberOptions, load_describer
from search.library import Library
from tests.coloured_films import SHOWN, film
from tests.command import FAKE, Run


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("colours")
    for name in SHOWN:
        film(folder, name)
    return folder


@pytest.fixture
def coloured(run: Run, films: Path) -> Run:
    assert run("index", films, *FAKE, "--frames", "8").status == 0
    return run


@pytest.fixture
def library(coloured: Run, tmp_path: Path) -> Library:
    return Library.open(tmp_path / "library")


@pytest.fixture
def answering(library: Library) -> Iterator[Answering]:
    with Answering(library, load_describer(DescriberOptions("fake:"))) as answering:
        yield answering
