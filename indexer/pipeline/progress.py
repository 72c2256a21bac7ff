"""What an indexing run reports while it goes on, one record a kind of news."""

from dataclasses import dataclass
from pathlib import Path

from indexer.segments import Segment
from indexer.video import Video


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The file's content is described already, under this recipe."""

    path: Path


@dataclass(frozen=True, slots=True)
class Subtitled:
    """`windows` of a video have other subtitles now; their descriptions are as before."""

    path: Path
    windows: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """The file's content is described already, from another path: a copy, or `moved` from there."""

    path: Path
    moved: bool


@dataclass(frozen=True, slots=True)
class NotVideo:
    """The file has no picture to describe; `known` says that this was found out before."""

    path: Path
    known: bool


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something about a file that does not keep it from being described; one sentence."""

    path: Path
    note: str


@dataclass(frozen=True, slots=True)
class Started:
    """A file is being decoded: `todo` windows are to be described, `done` were before."""

    video: Video
    todo: int
    done: int


@dataclass(frozen=True, slots=True)
class Described:
    """A window of a video has been put into words; it is kept within seconds."""

    video: Video
    segment: Segment


@dataclass(frozen=True, slots=True)
class Batch:
    """The windows of one batch have been reported; it took the time since the last one."""

    windows: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Every window of the video is described and kept."""

    video: Video


@dataclass(frozen=True, slots=True)
class Failed:
    """The file could not be read, or not to its end; `error` is one sentence."""

    path: Path
    error: str


Progress = (
    Unchanged
    | Subtitled
    | Recognised
    | NotVideo
    | Noticed
    | Started
    | Described
    | Batch
    | Finished
    | Failed
)
