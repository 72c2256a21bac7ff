"""A still is the picture on screen."""

from pathlib import Path

import pytest

from indexer.media.thumbnails import still
from tests.indexer.media.shown_frames import luma
from tests.media import read_barcode, render, steady


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("cut") / "clip.mkv", steady(16), 5, gop=50)


def test_a_still_is_the_picture_on_screen(path: Path) -> None:
    for at_ms in (0, 3_200, 3_230, 9_990):
        assert read_barcode(luma(still(path, at_ms, 320)))[0] == at_ms // 40
