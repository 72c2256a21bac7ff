"""`scenelist highlights`: the stretches of videos most worth seeing, within a budget of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options.delivery import deliver
from commands.options.global_settings import Settings
from commands.options.output import Output, output_options
from commands.playlist import title_of
from commands.terminal.answers import hint_at_play, print_answers
from indexer.segments import Segment
from playlist.last_answer import LastAnswer, keep
from playlist.tracks import Track, track
from search.ranking.moments import Moment
from search.user_folders import data_folder

if TYPE_CHECKING:
    from search.library import Library


@click.command("highlights")
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), default=1.0, help="Longest in all. [1]"
)
@click.option("--about", multiple=True, metavar="TEXT", help="What counts; repeatable.")
@output_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    videos: tuple[str, ...],
    minutes: float,
    about: tuple[str, ...],
    output: Output,
) -> int:
    """Choose the stretches of VIDEO most worth seeing: what happens there and nowhere else.

    With --about "goals and near misses", what comes closest to that. In any format, or cut and
    joined with -o highlights.mp4. A VIDEO is a path, a folder, the name or part of the name of a
    file or folder in the library, a pattern (*.mkv), or a filter (in:lake after:2024-06).
    """
    library = settings.open()
    chosen = library.choose(videos)
    tracks = highlights_of(library, [video.path for video in chosen], minutes, about)

    def show() -> None:
        print_answers([_listed(track) for track in tracks])
        hint_at_play(len(tracks), more=False)

    title = f"highlights of {title_of(videos, chosen)}"
    keep(LastAnswer(title, library.folder, tuple(tracks)), data_folder())
    return deliver(tracks, title, output, library, show=show)


def _listed(track: Track) -> Moment:
    """Return a chosen stretch as answers show it: nothing was asked of what happens there."""
    score = track.score or 0.0
    return Moment(
        track.video, track.start_ms, track.end_ms, score, track.text, track.transcript, listed=True
    )


def highlights_of(
    library: Library, videos: Sequence[Path], minutes: float, about: Sequence[str] = ()
) -> list[Track]:
    """Return the stretches of videos most worth seeing, in order, as tracks.

    Raises:
        RequestError: a video is not in the library, or nothing is described of any.
    """
    import numpy as np

    from playlist.highlights import Candidate, choose, scores

    known = [library.video(path) for path in videos]
    described = [library.segments(path) for path in videos]
    candidates = [
        Candidate(number, segment.window)
        for number, segments in enumerate(described)
        for segment in segments
        if _says(segment)
    ]
    if not candidates:
        raise library.nothing_described(known)
    vectors = np.concatenate(
        [
            library.embeddings(path)[[_says(segment) for segment in some]]
            for path, some in zip(videos, described, strict=True)
            if some
        ]
    )
    asked = library.embed(about) if about else None
    chosen = choose(
        candidates, vectors, scores(candidates, vectors, asked), round(minutes * 60_000)
    )
    texts = [segment.text for segments in described for segment in segments if _says(segment)]
    return [
        replace(
            track(known[h.video], h.window.start_ms, h.window.end_ms, texts[h.best]), score=h.score
        )
        for h in chosen
    ]


def _says(segment: Segment) -> bool:
    """Whether anything is said of a window: an empty one is unlike all others."""
    return bool(segment.text or segment.transcript)
