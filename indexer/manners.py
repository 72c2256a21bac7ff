"""Leaves the machine usable: low priority for this process and all it starts."""

import os
import sys
from contextlib import suppress

_NICER = 10
_BELOW_NORMAL = 0x4000


def be_nice() -> None:
    """Let everything else on this machine go first."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL)
    else:
        with suppress(OSError):
            os.nice(_NICER)
