"""Whether the subtitle files beside videos are those of before: a mark of each video's."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from indexer.scanning.file_names import composed
from indexer.speech.own_transcripts import is_ours
from indexer.speech.subtitle_files import by_video


class SubtitleFiles:
    """Which subtitle files lie beside videos; a folder is read once while they come from it."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files: dict[str, list[Path]] = {}

    def beside(self, path: Path, known: str = "") -> str:
        """Return a mark of the subtitle files that lie beside a video; '' where there are none.

        What Scenelist wrote itself does not count. That takes a look into the files, which is
        spared where their names, sizes and times make the mark that is `known` already.
        """
        if path.parent != self._folder:
            self._folder, self._files = path.parent, {}
            with suppress(OSError):
                self._files = by_video(sorted(path.parent.iterdir()))
        files = self._files.get(composed(path.stem), [])
        mark = _mark(files)
        if not mark or mark == known:
            return mark
        return _mark([file for file in files if not is_ours(file)])


def _mark(files: Iterable[Path]) -> str:
    facts = []
    for file in files:
        with suppress(OSError):
            stat = file.stat()
            facts.append((file.name, stat.st_size, stat.st_mtime_ns))
    return blake2b(repr(facts).encode(), digest_size=8).hexdigest() if facts else ""
