"""A decoded picture as a JPEG file: small for thumbnails, or in full colour."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray

THUMBNAIL_QUALITY = 80
FULL_QUALITY = 92


def thumbnail_jpeg(
    pixels: NDArray[np.uint8],
    within: tuple[int, int] | None = None,
    quality: int = THUMBNAIL_QUALITY,
) -> bytes:
    """Return a picture, uint8 RGB of shape (height, width, 3), as a small JPEG file.

    With `within`, a width and height in pixels, it gets bars to be of that shape.
    """
    from PIL import Image, ImageOps

    picture = Image.fromarray(pixels)
    shaped = ImageOps.pad(picture, within) if within else picture
    file = BytesIO()
    shaped.save(file, "JPEG", quality=quality)
    return file.getvalue()


def full_jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture, uint8 RGB of shape (height, width, 3), as JPEG with its full colour."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=FULL_QUALITY, subsampling=0)
    return file.getvalue()
