"""How this process and those it starts behave: leaving the machine usable, heeding Ctrl-C once."""

import os
import sys
from contextlib import suppress
from typing import Any

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


def apart() -> dict[str, Any]:
    """Return the arguments of Popen that keep Ctrl-C from a process: its parent will end it."""
    return {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
