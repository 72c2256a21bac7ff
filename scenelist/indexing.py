"""Indexing from a program: paths in, described windows in a library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import OnDemand, describer_kind
from indexer.media.readers.reader import SAMPLINGS
from indexer.pipeline.decoder_count import decoders_here
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Described, Failed, Finished, Progress, Unchanged
from indexer.pipeline.run import run
from indexer.scanning.scan import scan
from search.recipe_choice import Choice, Wishes, choose_recipe
from search.store.manifest import read_if_there
from search.user_folders import default_library


@dataclass(frozen=True, slots=True)
class Indexed:
    """What a run came to: windows described, videos finished or unchanged, and what failed.

    `failed` holds each unreadable file with a sentence that says why.
    """

    windows: int
    finished: int
    unchanged: int
    failed: tuple[tuple[Path, str], ...]


def index(
    paths: str | Path | Sequence[str | Path],
    *,
    library: str | Path | None = None,
    wishes: Wishes | None = None,
    embedder: str | None = None,
    offline: bool = False,
    heard: Callable[[Progress], None] = lambda progress: None,
) -> Indexed:
    """Describe what happens in videos: files, or folders with all that is in them.

    What is described already is skipped, and an interrupted run goes on where it stopped.
    `wishes` says with which model and how, else as the library was made; `library` is a folder,
    else the user's own, and is made where there is none; `heard` is called with what happens, as
    it happens. One bad file costs one entry in `failed`, never the run. Playlists of saved searches
    are written anew; one that cannot be is left as it was.

    Raises:
        ScenelistError: a path is not there, the model cannot be had, or another process is
            writing to the library.
    """
    from playlist.smart_playlists import refresh_all
    from search.library import Library

    named = [paths] if isinstance(paths, str | Path) else paths
    roots = [Path(path) for path in named]
    files = list(scan(roots))
    folder = Path(library or default_library()).expanduser()
    choice = choose_recipe(
        wishes or Wishes(), read_if_there(folder), offline=offline, announce=lambda _: None
    )
    opened = Library.open(folder, create=True, embedder=embedder, offline=offline)
    counts = {Described: 0, Finished: 0, Unchanged: 0}
    failed: list[tuple[Path, str]] = []
    with opened.writing() as writer:
        opened.make_default(choice.recipe, choice.options.model)
        opened.hide(roots)
        with closing(run(_job(files, choice), writer)) as progress:
            for news in progress:
                heard(news)
                if isinstance(news, Failed):
                    failed.append((news.path, news.error))
                elif type(news) in counts:
                    counts[type(news)] += 1
    for _ in refresh_all(opened):
        pass  # there is nobody to tell
    return Indexed(counts[Described], counts[Finished], counts[Unchanged], tuple(failed))


def _job(files: Sequence[Path], choice: Choice) -> Job:
    """Return the job of describing files as was chosen, with this machine's decoders."""
    options = choice.options
    return Job(
        files,
        choice.recipe,
        lambda: DecodeWorker(readers=SAMPLINGS[choice.recipe.sampling]),
        OnDemand(
            lambda: describer_kind(options.model).load(options, choice.checkpoint, lambda _: None)
        ),
        lambda: decoders_here(options.device, elsewhere=bool(options.servers)),
    )
