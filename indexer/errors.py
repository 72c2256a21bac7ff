"""Errors that a user can cause or mend: one tree, one sentence each."""

import errno


class ScenelistError(Exception):
    """Something the user can act on; `str()` is one sentence that says what to do."""


class RequestError(ScenelistError):
    """What was asked for makes no sense: no such path, an empty query, an impossible option."""


class VideoError(ScenelistError):
    """One file cannot be read as video; the text says what is wrong with it."""


class ModelError(ScenelistError):
    """A model cannot be had or used: not downloaded, wrong folder, not the right kind."""


class LibraryError(ScenelistError):
    """The library cannot be opened or written: newer version, read-only, other embedder."""


class LibraryBusyError(LibraryError):
    """Another process is writing to the library; it will be done some time."""


class PlaylistError(ScenelistError):
    """A playlist cannot be written or played: unwritable output, no player."""


OUT_OF_MEMORY = (
    "There is not enough memory for this: close other programs, raise the limit (ulimit -v),"
    " or choose a smaller model or --batch-size."
)
# How libraries say so that raise no MemoryError: torch, threads, the dynamic linker, Rust.
_SAY_SO = (
    "not enough memory",
    "cannot allocate memory",
    "can't allocate memory",
    "out of memory",
    "can't start new thread",
    "failed to map segment",
    "failed to spawn thread",
    "bad_alloc",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or one behind it, says that this machine's memory did not suffice."""
    seen: list[BaseException] = []
    behind: BaseException | None = error
    while behind is not None and behind not in seen:
        seen.append(behind)
        if isinstance(behind, MemoryError) or getattr(behind, "errno", None) == errno.ENOMEM:
            return True
        if any(words in str(behind).lower() for words in _SAY_SO):
            return True
        behind = behind.__cause__ or behind.__context__
    return False
