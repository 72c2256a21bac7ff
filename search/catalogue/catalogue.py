"""What a library knows of its files at one version: where contents lie, what may be found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import RequestError
from indexer.recipe import Recipe
from indexer.retry_policy import is_no_video
from indexer.scanning.file_names import composed
from indexer.scanning.scan import absolute
from indexer.video import Video
from search.catalogue.file_states import State
from search.catalogue.hidden_videos import Hidden
from search.catalogue.video_selection import choose, nothing_called
from search.query.filters.registry import Filters, each, passing
from search.ranking.video_names import Names, names_of
from search.store.rows import NO_VIDEO, FileRow, VideoRow, video_at
from search.store.stored_paths import to_path, to_text
from search.store.tables import Store


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the library: its video, how much of it is described, what went wrong.

    `state` is one of `STATES` (file_states.py); `recipe` says how it was described, where that is
    known.
    """

    video: Video
    state: State
    segments: int
    error: str
    recipe: Recipe | None


@dataclass(frozen=True, slots=True)
class Passing:
    """How many `videos` may be found, and how many of them pass a query's filters.

    `blocking` are filters, as a query writes them, that no video passes by itself; `lists` says
    that the query is nothing but filters.
    """

    passing: int
    videos: int
    blocking: tuple[str, ...]
    lists: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a library holds at one version of its tables.

    `files` and `videos` are by path as the table has it, also those that could not be read;
    `copies` are each content's videos, one for every path it was seen at, and `shown` those that
    may be found; contents of which none may are `hidden`.
    """

    version: tuple[int, ...]
    files: Mapping[str, FileRow]
    videos: Mapping[str, Video]
    copies: Mapping[str, list[Video]]
    shown: Mapping[str, list[Video]]
    hidden: frozenset[str]
    names: Names

    def choose(self, named: Sequence[str], *, in_part: bool) -> list[Video]:
        """Return the videos that are meant, whether described or not; see `video_selection`."""
        return choose(list(self.videos.values()), named, in_part=in_part)

    def file(self, path: str | Path) -> FileRow:
        """Return the row of the file at a path.

        Raises:
            RequestError: the library does not know this file.
        """
        files = {to_path(name): file for name, file in self.files.items()}
        file = files.get(_alike(files, path))
        if file is None:
            raise nothing_called(str(path), [v for some in self.copies.values() for v in some])
        return file

    def passing(self, filters: Filters, *, lists: bool) -> Passing:
        """Return how many videos pass filters, and which of these pass none."""
        videos = self.shown.values()

        def count(some: Filters) -> int:
            passes = passing(some)
            return sum(any(map(passes, copies)) for copies in videos)

        blocking = tuple(written for written, one in each(filters) if not count(one))
        return Passing(count(filters), len(videos), blocking, lists)

    def nothing_described(self, videos: Sequence[Video]) -> RequestError:
        """Return what to tell, and to do, where nothing is written down of any of some videos."""
        if len(videos) != 1:
            return RequestError(
                f"Nothing is described yet of any of these {len(videos)} videos: `scenelist list`"
                " says how each is."
            )
        path, error = videos[0].path, self.files[to_text(videos[0].path)].error
        if error:
            return RequestError(
                f"{path} could not be read ({error}): mend it, and run"
                f" `scenelist index --retry {path}`."
            )
        return RequestError(f"Nothing is described of {path} yet: run `scenelist index {path}`.")


def catalogue_version(store: Store, hidden: Hidden) -> tuple[int, ...]:
    """Return a mark of what a catalogue is made of; it changes when that does."""
    return (*store.version(), *hidden.mark())


def read_catalogue(store: Store, hidden: Hidden, version: tuple[int, ...]) -> Catalogue:
    """Read what there is now, and what of it may be found; `version` was the mark before."""
    rows = {row.fingerprint: row for row in store.videos()}
    files = {file.path: file for file in sorted(store.files(), key=lambda file: file.path)}
    videos, copies = {}, dict[str, list[Video]]()
    for path, file in files.items():
        row = rows.get(file.fingerprint)
        videos[path] = video_at(file, row or NO_VIDEO)
        if row is not None:
            copies.setdefault(file.fingerprint, []).append(videos[path])
    shown = _without(copies, hidden.paths())
    names = names_of({name: [v.path for v in some] for name, some in shown.items()})
    gone = frozenset(copies.keys() - shown.keys())
    return Catalogue(version, files, videos, copies, shown, gone, names)


def _without(copies: dict[str, list[Video]], hidden: frozenset[Path]) -> dict[str, list[Video]]:
    """Return the copies that are not hidden, of contents of which there are such."""
    if not hidden:
        return copies
    seen = {name: [v for v in some if v.path not in hidden] for name, some in copies.items()}
    return {name: some for name, some in seen.items() if some}


def list_files(
    store: Store, recipes: Mapping[str, Recipe], hidden: frozenset[Path]
) -> list[Listed]:
    """Return how every file of a library is, by path; `recipes` are by their keys."""
    videos = {row.fingerprint: row for row in store.videos()}
    counts = store.counts()
    worded = {row.fingerprint for row in store.sentences.words()}
    listed = []
    for file in store.files():
        row = videos.get(file.fingerprint, NO_VIDEO)
        count = counts.get(file.fingerprint, 0)
        video = video_at(file, row)
        recipe = recipes.get(row.recipe)
        state = _state(file, row, recipe, heard=not count and file.fingerprint in worded)
        state = "hidden" if video.path in hidden else state
        listed.append(Listed(video, state, count, file.error, recipe))
    return sorted(listed, key=lambda item: item.video.path)


def _state(file: FileRow, row: VideoRow, recipe: Recipe | None, *, heard: bool) -> State:
    """Return what became of a file; `recipe` is that of its video, where it is known."""
    if file.error:
        return "not a video" if is_no_video(file.error) else "failed"
    if file.imported:
        return "imported"
    if not to_path(file.path).exists():
        return "missing"
    if heard:
        return "heard"
    if recipe is not None and recipe.leaves_out:
        return "first look"
    return "described" if row.recipe else "partly described"


def _alike(paths: Iterable[Path], path: str | Path) -> Path:
    """Return the path among those known that names the same file, if one does; else its own."""
    wanted = absolute(path)
    name = composed(wanted)
    alike = [known for known in paths if composed(known) == name]
    return alike[0] if alike and wanted not in alike else wanted
