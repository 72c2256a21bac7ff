"""Pictures as files: JPEG of the pixels that a decoder gave."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

_QUALITY = 80


def jpeg(pixels: NDArray[np.uint8], quality: int = _QUALITY) -> bytes:
    """Return a picture, uint8 RGB of shape (height, width, 3), as a JPEG file."""
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=quality)
    return data.getvalue()
