"""Fixtures for every test: the shared folder, and a network that is never used."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("SCENELIST_SHARED", ROOT.parent / "shared")).absolute()

# Tests must pass on a machine without a network, and say so at once where it would be used.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """Return the folder of filmed clips; skips the test where it is not there."""
    folder = SHARED / "media"
    if not folder.is_dir():
        pytest.skip(f"no clips in {folder}")
    return folder
