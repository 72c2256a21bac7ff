"""Errors that a user can cause or mend: one tree, one sentence each."""


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
