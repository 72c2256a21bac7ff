"""Films of plain colours, of which it is known what is seen when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.media import render, steady

# What is shown from which second on; ten-second windows do not fall on the cuts.
RED, GREEN, BLUE = (200, 30, 30), (30, 160, 30), (30, 30, 200)
SHOWN = {"first": [(0, RED), (7, GREEN), (21, BLUE)], "second": [(0, BLUE), (13, GREEN)]}
LENGTH_S = {"first": 28, "second": 24}


def film(folder: Path, name: str) -> Path:
    """Render one of the films."""

    def picture(frame: int, file: int) -> NDArray[np.uint8]:
        colour = [shown for since, shown in SHOWN[name] if frame >= 5 * since][-1]
        return np.full((48, 64, 3), colour, np.uint8)

    times = steady(LENGTH_S[name], rate=5)
    return render(folder / f"{name}.mp4", times, gop=10, picture=picture)
