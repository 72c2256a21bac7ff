"""Films that a test may move about."""

import shutil
from pathlib import Path

import pytest

from tests.command import FAKE, Run


@pytest.fixture
def mine(run: Run, videos: Path, tmp_path: Path) -> Path:
    """A folder of one's own to do things to, indexed."""
    folder = tmp_path / "films"
    shutil.copytree(videos, folder)
    assert run("index", folder, *FAKE).status == 0
    return folder
