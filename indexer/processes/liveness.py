"""Whether a process that was heard of is still there."""

from __future__ import annotations


def is_alive(pid: int, seen_s: float) -> bool:
    """Whether the process that had this number at `seen_s` (seconds since 1970) still runs."""
    import psutil

    try:
        return bool(psutil.Process(pid).create_time() <= seen_s)
    except psutil.Error:
        return False
