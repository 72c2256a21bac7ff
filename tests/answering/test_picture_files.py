"""Pictures that are asked about: upright, or refused in a sentence."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from answering.picture_files import read_picture
from indexer.errors import RequestError


def test_pictures_are_read_upright(tmp_path: Path) -> None:
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = (200, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    read = read_picture(tmp_path / "turned.png")
    assert read.pixels.shape == (40, 20, 3)
    assert tuple(read.pixels[0, 0]) == (200, 0, 0)
    assert read.caption == "Image turned"


@pytest.mark.parametrize(("name", "data", "sentence"), [
    ("none.png", None, "is not there"),
    ("text.png", b"no picture", "cannot be read as a picture"),
    ("cut.png", b"\x89PNG\r\n\x1a\n\x00\x00", "cannot be read as a picture"),
])  # fmt: skip
def test_what_is_no_picture_is_one_sentence(
    tmp_path: Path, name: str, data: bytes | None, sentence: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(RequestError, match=sentence):
        read_picture(tmp_path / name)
