"""A frame as a JPEG file, for those who are far away or need a file."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray


def jpeg(pixels: NDArray[np.uint8], quality: int = 92) -> bytes:
    """Return a picture, uint8 RGB, shape (height, width, 3), as JPEG with its full colour."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0)
    return file.getvalue()
