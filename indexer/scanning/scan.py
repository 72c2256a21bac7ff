"""Finds the video files among what a person points at."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from pathspec import GitIgnoreSpec

from indexer.errors import RequestError
from indexer.scanning.file_names import as_on_disk, composed
from indexer.scanning.remote_path import RemotePath, is_remote, remote

IGNORE_FILE = ".scenelistignore"

VIDEO_SUFFIXES = frozenset(
    f".{name}"
    for names in (
        ("mp4", "m4v", "mov", "qt", "f4v", "3gp", "3g2"),
        ("mkv", "webm", "ogv", "ogm", "flv", "rm", "rmvb"),
        ("avi", "divx", "wmv", "asf", "dv", "mxf", "y4m", "mjpeg", "mjpg"),
        ("ts", "mts", "m2t", "m2ts", "mpg", "mpeg", "mpe", "m2v", "m1v", "vob", "ivf"),
        ("h264", "264", "avc", "h265", "265", "hevc"),
    )
    for name in names
)


def absolute(path: str | Path) -> Path:
    """Return a path as the library keeps it: absolute, `~` and `..` gone, links not followed.

    An address in object storage (s3://bucket/prefix) is kept as it is.
    """
    if is_remote(path):
        return remote(path)
    return Path(os.path.abspath(Path(path).expanduser()))


def scan(
    paths: Sequence[Path],
    exclude: Sequence[str] = (),
    on_error: Callable[[Path, str], None] = lambda path, error: None,
) -> Iterator[Path]:
    """Yield absolute paths: files as named, folders' video files in order, each path once.

    Folders are walked by video suffix; hidden files and folders are left out, and so is what
    matches one of the `exclude` globs by its name or whole path, or what a `.scenelistignore`
    in its folder or one above (from the folder named on) says, in the patterns of .gitignore.
    `on_error` hears of folders and ignore files that cannot be read.

    Raises:
        RequestError: a path does not exist.
    """
    roots = [as_on_disk(absolute(path)) for path in paths]
    for root in roots:
        _require(root)
    yielded: set[Path] = set()
    walk = _Walk(exclude, on_error)
    for root in roots:
        found = walk.found(root) if root.is_dir() else iter([root])
        for path in found:
            if path not in yielded:
                yielded.add(path)
                yield path


def _require(root: Path) -> None:
    """Raise RequestError where there is nothing at a path."""
    if not isinstance(root, RemotePath):
        if not os.path.lexists(root):
            raise RequestError(f"There is no file or folder {root}: check the path.")
        return
    try:
        root.stat()
    except FileNotFoundError as error:
        raise RequestError(f"There is nothing at {root}: check the address.") from error
    except OSError as error:
        raise RequestError(
            f"{root} cannot be read ({error}): check the address and your credentials."
        ) from error


def wanted(path: Path, roots: Sequence[Path], exclude: Sequence[str] = ()) -> bool:
    """Whether `scan` of `roots` would yield the file at an absolute path."""
    if path in roots:
        return True
    walk = _Walk(exclude, lambda _path, _error: None)
    for root in roots:
        if not path.is_relative_to(root):
            continue
        rules = walk.rules_of(root, ())
        for part in reversed(path.relative_to(root).parents):
            folder = root / part
            if folder != root:
                if walk.unwanted(folder, folder=True, rules=rules):
                    break
                rules = walk.rules_of(folder, rules)
        else:
            if path.suffix.lower() in VIDEO_SUFFIXES and not walk.unwanted(
                path, folder=False, rules=rules
            ):
                return True
    return False


def ignored(paths: Sequence[Path], roots: Sequence[Path]) -> dict[Path, Path]:
    """Return those of some absolute paths that ignore files make `scan` of `roots` leave out.

    Each comes with the ignore file that says so. A path that is a root itself is never left out,
    and one below several roots only where each of them leaves it out.
    """
    walk = _Walk((), lambda _path, _error: None)
    for root in roots:
        if isinstance(root, RemotePath) and any(path.is_relative_to(root) for path in paths):
            walk.listed(root)

    @cache
    def inside(root: Path, folder: Path) -> tuple[tuple[_Rules, ...], Path | None]:
        """Return the rules for what is in a folder, and the ignore file that leaves all out."""
        if folder == root:
            return walk.rules_of(root, ()), None
        rules, by = inside(root, folder.parent)
        by = by or ruling(folder, rules, folder=True)
        return (rules if by else walk.rules_of(folder, rules)), by

    def ruling(path: Path, rules: tuple[_Rules, ...], *, folder: bool) -> Path | None:
        rule = walk.ruling(path, folder=folder, rules=rules)
        return rule.folder / IGNORE_FILE if rule else None

    found = {}
    for path in paths:
        above = [root for root in roots if path.is_relative_to(root)]
        by = []
        for root in above if path not in roots else ():
            rules, left_out = inside(root, path.parent)
            by.append(left_out or ruling(path, rules, folder=False))
        if by and (last := by[-1]) and all(by):
            found[path] = last
    return found


@dataclass(frozen=True, slots=True)
class _Rules:
    """What an ignore file in `folder` says."""

    folder: Path
    spec: GitIgnoreSpec


class _Walk:
    """Walks folders for videos."""

    def __init__(self, exclude: Sequence[str], on_error: Callable[[Path, str], None]) -> None:
        self._exclude = exclude
        self._on_error = on_error
        # In object storage: folders that have an ignore file, found by listing, for to ask for one
        # in each folder is a request each.
        self._with_rules: set[Path] = set()

    def found(self, root: Path) -> Iterator[Path]:
        """Yield the videos in a folder, wherever that is."""
        if not isinstance(root, RemotePath):
            yield from self.videos(root, set(), ())
            return
        files = self.listed(root)

        @cache
        def rules_in(folder: Path) -> tuple[_Rules, ...] | None:
            """Return the rules for what is in a folder; None where that is left out."""
            if folder == root:
                return self.rules_of(root, ())
            above = rules_in(folder.parent)
            if above is None or self.unwanted(folder, folder=True, rules=above):
                return None
            return self.rules_of(folder, above)

        for path in files:
            if path.suffix.lower() in VIDEO_SUFFIXES:
                rules = rules_in(path.parent)
                if rules is not None and not self.unwanted(path, folder=False, rules=rules):
                    yield path

    def listed(self, root: RemotePath) -> list[RemotePath]:
        """Return the files below a folder in object storage, noting where ignore files lie."""
        try:
            files = list(root.files())
        except OSError as error:
            self._on_error(root, str(error))
            return []
        self._with_rules |= {path.parent for path in files if path.name == IGNORE_FILE}
        return files

    def videos(
        self, folder: Path, above: set[tuple[int, int]], rules: tuple[_Rules, ...]
    ) -> Iterator[Path]:
        """Yield a folder's videos, then those of its folders; `above` breaks loops of links."""
        try:
            status = folder.stat()
            identity = (status.st_dev, status.st_ino)
            if identity in above:
                return
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self._on_error(folder, error.strerror or str(error))
            return
        if any(entry.name == IGNORE_FILE for entry in entries):
            rules = self.rules_of(folder, rules)
        folders = []
        for entry in entries:
            path = folder / entry.name
            try:
                directory = entry.is_dir()
                if self.unwanted(path, folder=directory, rules=rules):
                    continue
                if directory:
                    folders.append(path)
                elif path.suffix.lower() in VIDEO_SUFFIXES and entry.is_file():
                    yield path
            except OSError as error:
                self._on_error(path, error.strerror or str(error))
        for path in folders:
            yield from self.videos(path, above | {identity}, rules)

    def unwanted(self, path: Path, *, folder: bool, rules: tuple[_Rules, ...]) -> bool:
        """Whether a file or folder is hidden or to be left out."""
        if path.name.startswith("."):
            return True
        names = composed(path.name), composed(path)
        if any(fnmatch(name, composed(glob)) for glob in self._exclude for name in names):
            return True
        return self.ruling(path, folder=folder, rules=rules) is not None

    def ruling(self, path: Path, *, folder: bool, rules: tuple[_Rules, ...]) -> _Rules | None:
        """Return the rules that leave a file or folder out; None where none do."""
        for rule in reversed(rules):  # the nearest that says anything decides
            name = composed(path.relative_to(rule.folder).as_posix()) + ("/" if folder else "")
            said = rule.spec.check_file(name).include
            if said is not None:
                return rule if said else None
        return None

    def rules_of(self, folder: Path, rules: tuple[_Rules, ...]) -> tuple[_Rules, ...]:
        """Return the rules for what is in a folder: its own ignore file's beside those above."""
        path = folder / IGNORE_FILE
        if isinstance(folder, RemotePath) and folder not in self._with_rules:
            return rules
        try:
            lines = composed(path.read_text("utf-8", errors="surrogateescape")).splitlines()
            spec = GitIgnoreSpec.from_lines(lines)
        except FileNotFoundError:
            return rules
        except (OSError, ValueError) as error:
            self._on_error(path, str(error))
            return rules
        return (*rules, _Rules(folder, spec))
