"""The one object behind page, API and MCP: a library that stays open, and what it answers."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from answering.video_reference import VideoReference
from indexer.errors import RequestError, ScenelistError
from indexer.video import Video
from playlist.chapters import short_title
from playlist.formats.registry import FORMATS, Format, format_for
from playlist.tracks import Track, track, tracks_of_moments
from playlist.write_playlist import Published
from search import Library, Moment
from search.catalogue.catalogue import Listed
from search.query.filters.date import made_s
from search.query.filters.path import path_matches
from search.query.options import SearchOptions
from search.run_status import running_in
from serve.library_replies import (
    moment_reply,
    progress_reply,
    shown,
    video_reply,
    window_reply,
)
from serve.media.browser_media import same_file
from serve.render_process import rendered
from serve.schemas.replies import (
    DescribedVideo,
    ExamplesReply,
    FeaturesReply,
    FormatReply,
    RunReply,
    SearchReply,
    StatusReply,
    VideosReply,
)
from serve.schemas.requests import ChosenMoments, Listing, SearchRequest

_LISTING_LIFE_S = 2.0
_EXAMPLES = 6
_MANIFEST = "library.json"


class MissingError(ScenelistError):
    """What was asked for is not there (any more): no such video, its file is gone or changed."""


class Engine:
    """Answers from one library. It sees what others write, and may be used by many threads.

    `open_library` opens it anew where it was made over (another embedder).
    """

    def __init__(
        self,
        open_library: Callable[[], Library],
        features: FeaturesReply,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open = open_library
        self._features = features
        self._now = now
        self._lock = Lock()
        self._library = open_library()
        self._manifest = _stamp(self._library.folder)
        self._listed: tuple[float, list[Listed]] | None = None
        self._counted: deque[tuple[float, int]] = deque(maxlen=60)
        self._library.warm_up()

    @property
    def library(self) -> Library:
        """The library as it is now."""
        with self._lock:
            stamp = _stamp(self._library.folder)
            if stamp != self._manifest:
                self._library, self._manifest, self._listed = self._open(), stamp, None
            return self._library

    def find(self, asked: SearchRequest) -> tuple[list[Moment], bool]:
        """Return the moments that answer, and whether there are more after them."""
        wanted = asked.offset + asked.limit
        moments = self.library.search(asked.q, wanted + 1, self.options(asked))
        return moments[asked.offset : wanted], len(moments) > wanted

    def options(self, asked: SearchRequest) -> SearchOptions:
        """Return how to search for a question, beside its words.

        Raises:
            MissingError: one of the videos whose moments are examples is not in the library.
            RequestError: a date or length is none.
        """
        return asked.options({name: str(self.video(name).path) for name in asked.liked})

    def search(self, asked: SearchRequest) -> SearchReply:
        """Return the moments that answer, as they are shown."""
        moments, more = self.find(asked)
        return SearchReply(
            query=asked.q, moments=[moment_reply(moment) for moment in moments], more=more
        )

    def video(self, name: str) -> Video:
        """Return the video of an id.

        Raises:
            MissingError: there is none.
        """
        try:
            return self.library.content(name)
        except RequestError as error:
            raise MissingError(str(error)) from error

    def file(self, name: str) -> Video:
        """Return the video of an id whose file is here and the one that was described.

        Raises:
            MissingError: it is not.
        """
        video = self.video(name)
        if not same_file(video):
            raise MissingError(f"{shown(video.path.name)} is not here any more, or has changed.")
        return video

    def place(
        self, name: str | None, start: float | None, end: float | None
    ) -> VideoReference | None:
        """Return the video, stretch or moment of an id and seconds; None where no id is given.

        Raises:
            MissingError: there is no such video here.
            RequestError: a time without a video, or a stretch that ends before it begins.
        """
        if name is None:
            if start is not None or end is not None:
                raise RequestError("A time is one in a video: give video too.")
            return None
        if end is not None and (start is None or end <= start):
            raise RequestError("A stretch ends after it begins: give start and a later end.")
        start_ms, end_ms = (None if each is None else round(each * 1000) for each in (start, end))
        return VideoReference(self.file(name).path, start_ms, end_ms)

    def listing(self) -> list[Listed]:
        """Return every file of the library, as it was at most two seconds ago."""
        known = self._listed
        if known is None or self._now() - known[0] > _LISTING_LIFE_S:
            known = self._listed = self._now(), self.library.listing()
        return known[1]

    def videos(self, wanted: Listing) -> VideosReply:
        """Return a page of the files that pass some filters."""
        files = [
            file
            for file in self.listing()
            if (not wanted.state or file.state in wanted.state)
            and all(path_matches(file.video.path.as_posix(), glob) for glob in wanted.inside)
        ]
        files.sort(key=_ORDERS[wanted.sort])
        page = files[wanted.offset : wanted.offset + wanted.limit]
        return VideosReply(videos=[video_reply(file) for file in page], total=len(files))

    def described(self, name: str) -> DescribedVideo:
        """Return a video with its windows.

        Raises:
            MissingError: there is no such video.
        """
        path = self.video(name).path
        file = next((file for file in self.listing() if file.video.path == path), None)
        if file is None:
            raise MissingError("This video has just left the library: search again.")
        windows = [window_reply(segment) for segment in self.library.described(name)]
        return DescribedVideo(**video_reply(file).model_dump(), described=windows)

    def status(self) -> StatusReply:
        """Return the library in a few numbers, and what goes on in it."""
        files = self.listing()
        contents = {file.video.fingerprint: file for file in files if not file.error}
        windows = sum(file.segments for file in contents.values())
        embedder = self.library.manifest.embedder
        return StatusReply(
            version=version("scenelist"),
            library=shown(self.library.folder.name),
            files=len(files),
            states=dict(Counter(file.state for file in files)),
            video_seconds=sum(file.video.duration_ms for file in contents.values()) / 1000,
            windows=windows,
            models=dict(Counter(file.recipe.model for file in contents.values() if file.recipe)),
            embedder=embedder.name if embedder else "",
            run=self._run(files, windows),
            formats=[FormatReply(name=f.name, suffix=f.suffix) for f in FORMATS],
            features=self._features,
        )

    def _run(self, files: Sequence[Listed], windows: int) -> RunReply:
        now = self._now()
        self._counted.append((now, windows))
        while self._counted[0][0] < now - 60:
            self._counted.popleft()
        since, before = self._counted[0]
        minutes = (now - since) / 60
        running = running_in(self.library.folder)
        unfinished = [shown(f.video.path.name) for f in files if f.state == "partly described"]
        return RunReply(
            writing=self.library.being_written(),
            windows_per_minute=max(0, windows - before) / minutes if minutes > 0.05 else 0.0,
            unfinished=unfinished[:10],
            progress=None if running is None else progress_reply(running),
        )

    def examples(self) -> ExamplesReply:
        """Return a few questions: what happens in the middle of some of the videos."""
        described = [f for f in self.listing() if f.segments and f.state != "failed"]
        step = max(1, len(described) // _EXAMPLES)
        titles: list[str] = []
        for file in described[::step][: 2 * _EXAMPLES]:
            segments = self.library.described(file.video.fingerprint)
            if segments:
                titles.append(short_title(segments[len(segments) // 2].text))
        whole = [title for title in dict.fromkeys(titles) if title and not title.endswith("…")]
        return ExamplesReply(examples=whole[:_EXAMPLES])

    def tracks(self, chosen: ChosenMoments) -> list[Track]:
        """Return the tracks of moments that somebody chose.

        Raises:
            MissingError: one of the videos is not in the library.
            RequestError: a moment ends before it begins.
        """
        tracks = []
        for moment in chosen.moments:
            if moment.end <= moment.start:
                raise RequestError("A moment ends after it begins: choose it again.")
            start_ms, end_ms = round(moment.start * 1000), round(moment.end * 1000)
            tracks.append(track(self.video(moment.video), start_ms, end_ms, moment.text))
        return tracks

    def playlist(self, asked: SearchRequest, name: str) -> tuple[Published, Format]:
        """Return the playlist of a question's answers in the format called `name`."""
        moments, _ = self.find(asked)
        if not moments:
            raise MissingError(f"Nothing matches {asked.q!r}.")
        return self.published(tracks_of_moments(moments), asked.q, name)

    def published(self, tracks: Sequence[Track], title: str, name: str) -> tuple[Published, Format]:
        """Return a playlist of tracks in the format called `name`.

        Raises:
            MissingError: none of the files is here.
            RequestError: there is no such format.
        """
        known = format_for(None, name)
        made = rendered(tracks, title, known)
        if not made.data:
            raise MissingError("None of these files is on this machine now.")
        return made, known


def _stamp(folder: Path) -> tuple[int, int]:
    try:
        status = (folder / _MANIFEST).stat()
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_ino


def _by_path(file: Listed) -> tuple[float, str]:
    return 0, str(file.video.path)


_ORDERS: dict[str, Callable[[Listed], tuple[float, str]]] = {
    "path": _by_path,
    "length": lambda f: (-f.video.duration_ms, str(f.video.path)),
    "windows": lambda f: (-f.segments, str(f.video.path)),
    "recorded": lambda f: (-made_s(f.video), str(f.video.path)),
}
