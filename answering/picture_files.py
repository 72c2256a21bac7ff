"""Reads picture files that are to be asked about."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from indexer.describing.describer import Picture
from indexer.errors import RequestError

# Larger ones are scaled down: no model looks at more.
_LONGEST_SIDE = 2048


def read_picture(path: Path) -> Picture:
    """Read a picture, upright; its caption is its name.

    Raises:
        RequestError: it is not there, or no picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                image = ImageOps.exif_transpose(opened).convert("RGB")
                image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
                return Picture(np.asarray(image, np.uint8).copy(), f"Image {path.stem}")
    except FileNotFoundError as error:
        raise RequestError(f"{path} is not there: check the name of the picture.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RequestError(f"{path} is too large a picture: scale it down first.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise RequestError(f"{path} cannot be read as a picture: give a JPEG or PNG.") from error
