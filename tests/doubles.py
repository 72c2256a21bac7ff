"""Stand-ins for the indexer's neighbours: a ledger in memory, a worker that draws its frames."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from indexer.errors import VideoError
from indexer.ledger import FileRecord
from indexer.media.clip import Clip
from indexer.media.timeline import Timeline
from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.speech.languages import Languages
from indexer.speech.transcript import Cue, Subtitles
from indexer.video import Video
from indexer.windows import Window

RECIPE = Recipe("fake:", "1", "What is seen?", 2, 10_000, 10_000, 64)


@dataclass
class MemoryLedger:
    """Keeps everything in dicts; `log` lists the calls that change something."""

    files: dict[Path, FileRecord] = field(default_factory=dict)
    segments: dict[tuple[str, str], dict[Window, Segment]] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def file(self, path: Path) -> FileRecord | None:
        record = self.files.get(path)
        if record is None:
            return None
        key = self.done.get(record.fingerprint, "")
        return FileRecord(
            path, record.fingerprint, record.size_bytes, record.mtime_ns, record.error, key
        )

    def complete(self, fingerprint: str) -> str:
        return self.done.get(fingerprint, "")

    def begun_otherwise(self, fingerprint: str, recipe: Recipe) -> bool:
        return any(f == fingerprint and key != recipe.key for f, key in self.segments)

    def link(self, path: Path, fingerprint: str, size_bytes: int, mtime_ns: int) -> bool:
        self.log.append(f"link {path.name}")
        others = [
            p for p, record in self.files.items() if p != path and record.fingerprint == fingerprint
        ]
        self.files[path] = FileRecord(path, fingerprint, size_bytes, mtime_ns, "", "")
        return bool(others) and not any(other.exists() for other in others)

    def begin(self, video: Video, recipe: Recipe) -> frozenset[Window]:
        self.log.append(f"begin {video.path.name}")
        self.files[video.path] = FileRecord(
            video.path, video.fingerprint, video.size_bytes, video.mtime_ns, "", ""
        )
        return frozenset(self.segments.get((video.fingerprint, recipe.key), {}))

    def put(self, video: Video, recipe: Recipe, segments: Sequence[Segment]) -> None:
        self.log.append(f"put {video.path.name} {len(segments)}")
        kept = self.segments.setdefault((video.fingerprint, recipe.key), {})
        for segment in segments:
            assert segment.window not in kept, "a window was described twice"
            kept[segment.window] = segment

    def subtitle(self, fingerprint: str, said: Callable[[Window], str]) -> int:
        self.log.append(f"subtitle {fingerprint}")
        changed = 0
        for (name, _), kept in self.segments.items():
            for window, segment in kept.items():
                if name == fingerprint and segment.transcript != said(window):
                    kept[window] = replace(segment, transcript=said(window))
                    changed += 1
        return changed

    def finish(self, video: Video, recipe: Recipe) -> None:
        self.log.append(f"finish {video.path.name}")
        self.done[video.fingerprint] = recipe.key

    def fail(
        self, path: Path, fingerprint: str, size_bytes: int, mtime_ns: int, error: str
    ) -> None:
        self.log.append(f"fail {path.name}")
        self.files[path] = FileRecord(path, fingerprint, size_bytes, mtime_ns, error, "")


class DrawnWorker:
    """Reads files of the form `CONTENT SECONDS [BREAK_AT_SECOND]`; `bad` ones cannot be opened.

    Frame colours follow the window's number, so that descriptions can be told apart.
    """

    timeline = None
    busy_s = 0.0

    def __init__(self) -> None:
        self._break_ms: int | None = None

    def probe(self, path: Path) -> Video:
        words = path.read_text().split()
        if words[0] == "bad":
            raise VideoError("it is damaged")
        self.go_on(path, None)
        span = Window(0, int(words[1]) * 1_000)
        stat = path.stat()
        return Video(path, words[0], stat.st_size, stat.st_mtime_ns, span.end_ms, span, 64, 48)

    def go_on(self, path: Path, timeline: Timeline | None) -> None:
        words = path.read_text().split()
        self._break_ms = int(words[2]) * 1_000 if len(words) > 2 else None

    def length_ms(self, path: Path) -> int:
        return int(path.read_text().split()[1]) * 1_000

    def clips(
        self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
    ) -> Iterator[Clip]:
        for window in windows:
            if self._break_ms is not None and window.start_ms >= self._break_ms:
                raise VideoError("it breaks off")
            shade = window.start_ms // 10_000 % 2 * 255
            pictures = np.full((frames, 48, 64, 3), shade, np.uint8)
            step = window.length_ms // frames
            times = tuple(window.start_ms + i * step for i in range(frames))
            yield Clip(window, times, pictures)

    def subtitles(self, languages: Languages) -> Subtitles:
        return Subtitles((Cue(12_000, 15_000, f"Hello {languages.asked or 'there'}."),))

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass
