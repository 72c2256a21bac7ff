"""Videos to be listened to or read, and a library for what is said."""

from pathlib import Path

import pytest

from search import Library
from tests.media import render, steady


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return render(tmp_path / "film.mp4", steady(4))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.open(tmp_path / "library", create=True, embedder="fake:")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_text("film")
    return path
