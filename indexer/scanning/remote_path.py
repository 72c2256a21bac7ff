"""Videos in object storage: addresses such as s3://bucket/prefix that behave as paths do."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from indexer.errors import RequestError
from indexer.installation import advice

# pathlib makes one slash of two: a scheme of one letter would be a drive.
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):/{1,3}(?=[^/])")
# What is fetched beyond what is asked for: little, to look here and there; much, to read on.
_GLANCE, _STREAM = 64 * 1024, 4 * 2**20
_DRIVERS = {"s3": ("s3fs", "s3"), "s3a": ("s3fs", "s3")}


def is_remote(path: str | Path) -> bool:
    """Whether a path or text is an address in object storage, also with one slash lost."""
    return isinstance(path, RemotePath) or (
        _SCHEME.match(str(path)) is not None and not os.path.lexists(path)
    )


def remote(path: str | Path) -> RemotePath:
    """Return an address as a path.

    Raises:
        RequestError: what reads such addresses is not installed.
    """
    if isinstance(path, RemotePath):
        return path
    found = _SCHEME.match(str(path))
    assert found is not None, path
    scheme, rest = found[1], str(path)[found.end() :]
    if scheme == "file":
        raise RequestError(f"{path}: give the path itself, without file://.")
    driver, extra = _DRIVERS.get(scheme, ("fsspec", "s3"))
    if find_spec(driver) is None:
        raise RequestError(
            f"{driver} is not installed, which reads {scheme}:// addresses: {advice(extra)}."
        )
    return RemotePath(f"{scheme}:/{rest}")


class RemotePath(type(Path())):  # type: ignore[misc]  # a PosixPath; the system's own kind
    """A file or folder in object storage, read by ranges; nothing is ever written there."""

    __slots__ = ()

    def __str__(self) -> str:
        return _SCHEME.sub(r"\1://", super().__str__().replace("\\", "/"), count=1)

    def __fspath__(self) -> str:
        return str(self)

    def as_posix(self) -> str:
        """Return the address."""
        return str(self)

    def as_uri(self) -> str:
        """Return the address with what is special in URIs escaped."""
        scheme, _, rest = str(self).partition("://")
        return f"{scheme}://{quote(rest)}"

    def is_absolute(self) -> bool:
        """Return True: an address begins at its scheme."""
        return True

    def absolute(self) -> RemotePath:
        """Return the address as it is."""
        return self

    def expanduser(self) -> RemotePath:
        """Return the address as it is."""
        return self

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Return size and time of change; raises OSError."""
        facts = self._facts()
        folder = facts.get("type") == "directory"
        changed = facts.get("LastModified") or facts.get("mtime") or facts.get("last_modified")
        ns = round(changed.timestamp() * 1e9) if isinstance(changed, datetime) else 0
        mode = (stat.S_IFDIR | 0o555) if folder else (stat.S_IFREG | 0o444)
        seconds = ns / 1e9
        fields = (mode, 0, 0, 1, 0, 0, int(facts.get("size") or 0), seconds, seconds, seconds)
        return os.stat_result(fields, {"st_mtime_ns": ns, "st_mtime": seconds})

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        """Whether there is something; False where that cannot be found out."""
        try:
            self._facts()
        except OSError:
            return False
        return True

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether files lie below it."""
        return self._is("directory")

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a file."""
        return self._is("file")

    def open(
        self,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Open it to look here and there; raises OSError."""
        file: IO[Any] = self._open(mode, _GLANCE, encoding=encoding, errors=errors, newline=newline)
        return file

    def stream(self) -> IO[bytes]:
        """Open it to read on for long; raises OSError."""
        file: IO[bytes] = self._open("rb", _STREAM)
        return file

    def iterdir(self) -> Iterator[RemotePath]:
        """Yield what lies directly in it; raises OSError."""
        with _as_oserror():
            names = self._system().ls(str(self), detail=False)
        yield from (self._named(name) for name in names)

    def files(self) -> Iterator[RemotePath]:
        """Yield the files below it, in order; raises OSError.

        Names that a path cannot have (`a//b`) are left out.
        """
        with _as_oserror():
            names = sorted(self._system().find(str(self)))
        yield from (self._named(name) for name in names if "//" not in name)

    def _open(self, mode: str, ahead: int, **how: Any) -> Any:
        if set(mode) & set("wax+"):
            raise PermissionError(f"{self} is only read")
        text = {} if "b" in mode else {name: value for name, value in how.items() if value}
        with _as_oserror():
            return self._system().open(
                str(self), mode, block_size=ahead, cache_type="readahead", **text
            )

    def _is(self, kind: str) -> bool:
        try:
            return bool(self._facts().get("type") == kind)
        except OSError:
            return False

    def _named(self, name: str) -> RemotePath:
        return RemotePath(f"{self.parts[0]}/{name.strip('/')}")

    def _facts(self) -> dict[str, Any]:
        with _as_oserror():
            facts: dict[str, Any] = self._system().info(str(self))
            return facts

    def _system(self) -> Any:
        import fsspec

        # What was listed once may have changed by the next run of a process that lives long.
        return fsspec.filesystem(self.parts[0].rstrip(":"), use_listings_cache=False)


@contextmanager
def _as_oserror() -> Iterator[None]:
    """Let what a storage's library raises be what a disk raises."""
    try:
        yield
    except OSError:
        raise
    except (ImportError, ValueError) as error:
        raise OSError(f"its address is not understood: {error}") from error
    except Exception as error:  # each storage has errors of its own
        raise OSError(f"the storage does not answer: {error}") from error
