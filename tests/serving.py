"""A small library of rendered films, and a server over it, in this process or of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import uvicorn

from answering.video_reference import VideoReference
from indexer.decoding.supervisor import DecodeWorker
from indexer.segments import Segment
from indexer.video import Video
from indexer.windows import Window
from search import Library, Moment
from search.query.options import SearchOptions
from serve.access.request_guard import Access
from serve.access.tokens import Token
from serve.answerer import Answerer, AnswerReply, AnswersReply, VerifiedReply
from serve.app import application
from serve.engine import Engine
from serve.media.thumbnails import Thumbnails
from serve.schemas.replies import FeaturesReply, SavedReply
from serve.server import listen, settings
from serve.state import Site
from tests.doubles import RECIPE
from tests.media import render, steady

ROOT = Path(__file__).parent.parent
SECRET = "s3cret-" * 6
HOSTILE = "<img src=x onerror=alert(1)> & \"quotes\" </script> 'x' \t日本"
SAID: dict[str, tuple[str | tuple[str, str], ...]] = {
    "park.mp4": ("a man opens a door", "a dog runs out", ("a tall tree", "Good boy, Rex!")),
    "deep/night #1 & 100%.mkv": ("a dog runs out at night", "an owl"),
    "old film.avi": ("a steam train arrives", "people wave"),
    "<b>bold & 'it'.mp4": (HOSTILE,),
}


@dataclass(frozen=True)
class World:
    """A library's folder and its films, by name."""

    library: Path
    films: dict[str, Video]

    def id(self, name: str) -> str:
        return self.films[name].fingerprint


def world(folder: Path) -> World:
    """Render and describe some films."""
    library = Library.open(folder / "library", create=True, embedder="fake:")
    films = {}
    for file, (name, said) in enumerate(SAID.items(), 1):
        path = render(folder / "films" / name, steady(10.0 * len(said)), file, gop=25)
        with DecodeWorker() as worker:
            video = worker.probe(path)
        put(library, video, *said)
        films[name] = video
    return World(folder / "library", films)


def put(library: Library, video: Video, *said: str | tuple[str, str]) -> None:
    """Describe a video, ten seconds a text."""
    segments = []
    for i, words in enumerate(said):
        text, transcript = words if isinstance(words, tuple) else (words, "")
        segments.append(Segment(Window(i * 10_000, (i + 1) * 10_000), text, transcript))
    with library.writing() as writer:
        writer.begin(video, RECIPE)
        writer.put(video, RECIPE, segments)
        writer.finish(video, RECIPE)


def site(
    library: Path,
    cache: Path,
    *,
    token: str | None = None,
    answerer: Answerer | None = None,
    saved: list[SavedReply] | None = None,
) -> Site:
    """Return a site over a library; with a token it is closed."""
    features = FeaturesReply(
        ask=answerer is not None,
        verify=answerer is not None,
        open_in_player=token is None,
        sign_out=token is not None,
        saved=saved is not None,
    )
    access = Access(token=Token(token) if token else None)
    return Site(
        Engine(lambda: Library.open(library), features),
        Thumbnails(cache),
        access,
        answerer,
        None if saved is None else lambda: saved,
    )


@contextmanager
def serving(served: Site) -> Iterator[str]:
    """Serve a site from a thread of this process; yield its address."""
    taken = listen("127.0.0.1", 0)
    server = uvicorn.Server(settings(application(served)))
    thread = threading.Thread(target=lambda: server.run(sockets=[taken]), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    wait_for(address)
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def program(library: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command itself; yield the address that it prints, and its process."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "cli",
            "--library",
            str(library),
            "serve",
            "--port",
            "0",
            *arguments,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Scenelist is at "), (line, process.stderr and process.stderr.read())
        yield line.split()[-1].rstrip("/"), process
    finally:
        process.kill()
        process.wait(20)


def wait_for(address: str, seconds: float = 60) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{address}/api/health").status_code == 200:
                return
        time.sleep(0.05)
    raise TimeoutError(address)


class Seer:
    """Answers as a model would, from the words alone."""

    def __init__(self, video: str) -> None:
        self._video = video

    def ask(
        self, question: str, options: SearchOptions, place: VideoReference | None = None
    ) -> AnswersReply:
        conditions = options.filters.conditions
        where = f"in {conditions[0].value}" if conditions else "anywhere"
        if place is not None:
            where = f"at {place.path.name} {place.start_ms} {place.end_ms}"
        answer = AnswerReply(
            answer=f"{question} Only {where}.",
            video=self._video,
            name="park.mp4",
            start=10,
            end=20,
            probability=0.9,
        )
        return AnswersReply(answers=[answer])

    def verify(
        self, query: str, moments: list[Moment], options: SearchOptions
    ) -> list[VerifiedReply]:
        return [
            VerifiedReply(
                video=m.video.fingerprint,
                start=m.start_ms / 1000,
                end=m.end_ms / 1000,
                verified="dog" in m.text,
                probability=0.8,
            )
            for m in moments
        ]
