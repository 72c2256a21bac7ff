"""Damages files in every way: cut, bits turned, spliced, blanked; each may cost only itself."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Failed, Finished, NotVideo, Recognised
from indexer.pipeline.run import run
from indexer.recipe import Recipe
from indexer.scanning.scan import VIDEO_SUFFIXES
from search import Library
from tests.media import render, steady

_FORMATS = {
    "h264 mp4": (".mp4", ""),
    "fragmented mp4": (".mp4", "fragmented"),
    "HEVC mkv": (".mkv", "HEVC 10 bit"),
    "h264 mkv": (".mkv", ""),
    "VP9 webm": (".webm", ""),
    "MPEG-4 avi": (".avi", ""),
    "h264 flv": (".flv", ""),
    "h264 ts": (".ts", ""),
    "MPEG-2 mpg": (".mpg", ""),
    "MJPEG mov": (".mov", "MJPEG"),
    "MPEG-4 3gp": (".3gp", "MPEG-4"),
    "AV1 mp4": (".mp4", "AV1"),
    "WMV": (".wmv", "WMV"),
    "raw h264": (".h264", "B pyramid"),
    "raw HEVC": (".hevc", "HEVC"),
    "h264 avi": (".avi", "B pyramid"),
    "h264 program stream": (".vob", "few bits"),
    "VP8 ivf": (".ivf", "VP8"),
}

# Filmed clips up to this size are damaged too: what is longer would take most of the time.
_LARGEST_BYTES = 1_500_000


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """How many mutants ended how, the longest that one took in seconds, and how many got lost."""

    outcomes: Counter[str]
    formats: int
    longest_s: float
    unaccounted: int


def fuzz(folder: Path, count: int, seed: int, media: Path) -> Fuzzed:
    """Index `count` damaged files in one run; every one must be described or fail by itself.

    Every other one is of a filmed clip in `media`, where there are any.
    """
    rng = random.Random(seed)
    rendered = {
        f"{name}{suffix}": render(folder / "whole" / f"{name}{suffix}", steady(6), kind=kind)
        for name, (suffix, kind) in _FORMATS.items()
    }
    filmed = {
        path.name: path
        for path in sorted(media.rglob("*.*"))
        if path.suffix.lower() in VIDEO_SUFFIXES and 0 < path.stat().st_size < _LARGEST_BYTES
    }
    originals = {name: path.read_bytes() for name, path in (rendered | filmed).items()}
    names = list(originals)
    kinds = [list(kind) for kind in (rendered, filmed) if kind]
    paths = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        name = kind[number // len(kinds) % len(kind)]
        path = folder / "mutants" / f"{number:04d} {name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_mutant(rng, originals[name], originals[rng.choice(names)]))
        paths.append(path)
    library = Library.open(folder / "library", create=True, embedder="fake:")
    recipe = Recipe("fake:", "1", "?", 4, 2_000, 2_000, 64)
    job = Job(paths, recipe, DecodeWorker, OnDemand(lambda: FakeDescriber(8)))
    outcomes: Counter[str] = Counter()
    told: set[Path] = set()
    longest_s, last = 0.0, perf_counter()
    with library.writing() as writer, closing(run(job, writer)) as progress:
        for news in progress:
            now = perf_counter()
            longest_s, last = max(longest_s, now - last), now
            if isinstance(news, Finished):
                told.add(news.video.path)
                outcomes["described" + (", with a note" if news.video.note else "")] += 1
            elif isinstance(news, NotVideo | Recognised):
                told.add(news.path)
                outcomes["no picture" if isinstance(news, NotVideo) else "a copy"] += 1
            elif isinstance(news, Failed):
                told.add(news.path)
                outcomes[news.error.split(" (")[0].split(" from ")[0]] += 1
    listed = {item.video.path for item in library.listing()}
    return Fuzzed(outcomes, len(names), longest_s, len(set(paths) - told) + len(told - listed))


def _mutant(rng: random.Random, whole: bytes, other: bytes) -> bytes:
    data = bytearray(whole)
    match rng.randrange(5):
        case 0:  # cut off
            return bytes(data[: rng.randrange(len(data))])
        case 1:  # bits turned, a few or many
            for _ in range(rng.choice([1, 5, 50, 500])):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        case 2:  # a stretch of another file
            start, length = rng.randrange(len(data)), rng.randrange(1, 20_000)
            data[start : start + length] = other[:length]
        case 3:  # a stretch lost
            start, length = rng.randrange(len(data)), rng.randrange(1, 20_000)
            del data[start : start + length]
        case _:  # blanked, as by a bad sector; mostly in the header, where it hurts
            start = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(2_000)
            length = rng.randrange(1, 5_000)
            data[start : start + length] = bytes(len(data[start : start + length]))
    return bytes(data)
