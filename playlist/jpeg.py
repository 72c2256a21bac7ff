"""Pictures as files: JPEG of the pixels that a decoder gave."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

_QUALITY = 80


def jpeg(
    pixels: NDArray[np.uint8], within: tuple[int, int] | None = None, quality: int = _QUALITY
) -> bytes:
    """Return a picture, uint8 RGB of shape (height, width, 3), as a JPEG file.

    With `within`, a width and height in pixels, it gets bars to be of that shape.
    """
    from PIL import Image, ImageOps

    data = io.BytesIO()
    picture = Image.fromarray(pixels)
    shaped = ImageOps.pad(picture, within) if within else picture
    shaped.save(data, "JPEG", quality=quality)
    return data.getvalue()
