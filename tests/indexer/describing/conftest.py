"""The toy checkpoint, loaded once; checkpoints in the published layouts and graphs, made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.describing.describer import DescriberOptions, load_describer
from indexer.describing.smolvlm import SmolVLM
from tests import checkpoints
from tests.indexer.describing.drawn_clips import QUESTION
from tests.indexer.describing.published_layouts import LAYOUTS


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what makes a size's published layout, once; `SIZE-shards` in several files."""
    root = tmp_path_factory.mktemp("published")

    def made(name: str) -> Path:
        # The same name everywhere: what OpenVINO prepares is kept by name and weights.
        folder = root / name / "checkpoint"
        if not folder.exists():
            size, _, sharded = name.partition("-")
            checkpoints.published(folder, size, shard="4MB" if sharded else "5GB")
        return folder

    return made


@pytest.fixture(scope="session")
def layout(
    published: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("layouts")

    def made(name: str) -> Path:
        folder = root / name.replace(" ", "-") / "checkpoint"
        if not folder.exists():
            source, make = LAYOUTS[name]
            folder.parent.mkdir()
            make(published(source), folder)
        return folder

    return made


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where graphs are kept that OpenVINO has prepared, which takes seconds each."""
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="module")
def toy() -> Iterator[SmolVLM]:
    describer = load_describer(DescriberOptions("toy", prompt=QUESTION))
    assert isinstance(describer, SmolVLM)
    yield describer
