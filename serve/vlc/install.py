"""Puts the extension where VLC looks for extensions of this user, or takes it away."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from indexer.errors import RequestError

_SOURCE = Path(__file__).parent / "scenelist.lua"
_NAME = "scenelist.lua"
# The first line of every version of ours: only such a file is replaced or removed.
_MARK = "-- Scenelist: "


def extension_path() -> Path:
    """Return where this user's VLC finds the extension."""
    home = Path.home()
    if sys.platform == "darwin":
        folder = home / "Library/Application Support/org.videolan.vlc"
    elif sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA") or home / "AppData/Roaming") / "vlc"
    else:
        folder = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "vlc"
    return folder / "lua" / "extensions" / _NAME


def install() -> Path:
    """Write the extension; return where.

    Raises:
        RequestError: a file that is not ours is there, or none can be written.
    """
    path = extension_path()
    _require_ours(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{_NAME}.part")
        part.write_bytes(_SOURCE.read_bytes())
        part.replace(path)
    except OSError as error:
        raise RequestError(f"{path} cannot be written ({error.strerror}).") from error
    return path


def uninstall() -> Path | None:
    """Remove the extension; return where it was, or None.

    Raises:
        RequestError: a file that is not ours is there, or it cannot be removed.
    """
    path = extension_path()
    if not path.exists():
        return None
    _require_ours(path)
    try:
        path.unlink()
    except OSError as error:
        raise RequestError(f"{path} cannot be removed ({error.strerror}).") from error
    return path


def _require_ours(path: Path) -> None:
    try:
        begins = path.read_bytes()[: len(_MARK)]
    except FileNotFoundError:
        return
    except OSError as error:
        raise RequestError(f"{path} cannot be read ({error.strerror}).") from error
    if begins != _MARK.encode():
        raise RequestError(f"{path} is not Scenelist's: move it away first.")
