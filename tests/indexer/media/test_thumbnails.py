"""A still is the picture on screen."""

from fractions import Fraction
from pathlib import Path

import pytest

from indexer.media.thumbnails import frame_rate, still
from tests.indexer.media.shown_frames import luma
from tests.media import read_barcode, render, steady


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("cut") / "clip.mkv", steady(16), 5, gop=50)


def test_a_still_is_the_picture_on_screen(path: Path) -> None:
    for at_ms in (0, 3_200, 3_230, 9_990):
        assert read_barcode(luma(still(path, at_ms, 320)))[0] == at_ms // 40


NTSC = Fraction(30_000, 1_001)


def test_frame_rates_are_the_usual_ones(tmp_path: Path) -> None:
    assert frame_rate(render(tmp_path / "a.mkv", steady(4))) == 25
    assert frame_rate(render(tmp_path / "b.mp4", [round(i * 1001 / 30) for i in range(90)])) == NTSC
    assert frame_rate(tmp_path / "gone.mp4") == 25
