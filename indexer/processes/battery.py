"""Whether this machine runs on its battery."""

from __future__ import annotations


def on_battery() -> bool:
    """Whether the mains are unplugged; False where there is no battery, or nothing says so."""
    import psutil

    read = getattr(psutil, "sensors_battery", None)  # missing on some systems
    try:
        battery = read() if read is not None else None
    except (OSError, RuntimeError):
        return False
    return battery is not None and battery.power_plugged is False
