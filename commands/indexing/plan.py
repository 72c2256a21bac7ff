"""The plan of an indexing run: which files, how they are described, and whose words are wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import click

from commands.indexing.request import IndexRequest
from commands.options.global_settings import Settings
from commands.options.speech import listener_for, speech_job, wishes_for
from commands.terminal.console import language_here, say
from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.describer import DescriberKind, OnDemand, describer_kind
from indexer.media.readers.reader import SAMPLINGS
from indexer.pipeline.decoder_count import decoders_here
from indexer.pipeline.job import Job, Worker
from indexer.pipeline.ray_cluster.connection import LOCAL, Cluster
from indexer.pipeline.ray_cluster.decode_tasks import Elsewhere
from indexer.pipeline.timings import Stages
from indexer.recipe import Recipe
from indexer.scanning.scan import scan
from indexer.speech.languages import Languages
from indexer.speech.speech_run import SpeechJob
from playlist.path_mapping import mappings
from search.query.times import length_ms
from search.recipe_choice import Choice, Wishes, choose_recipe, first_look
from search.store.manifest import Manifest, SpeechWishes, read_if_there

Files = dict[Path, int]


@dataclass(frozen=True, slots=True)
class WordsPlan:
    """Whose words are wanted (`job`, None: nobody's), and how they are written down from now on.

    `note` is what is to be said of that, '' for nothing.
    """

    job: SpeechJob | None
    wishes: SpeechWishes
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run comes to: its files with their sizes in bytes, and a job for each pass over them.

    `first` is the quick pass that comes before the `job`, if there is one. `known` is how the
    library was before, and `choice` how videos are described now.
    """

    files: Files
    known: Manifest
    choice: Choice
    job: Job
    first: Job | None
    words: WordsPlan


def files_of(asked: IndexRequest) -> Files:
    """Return the files to look at, with their sizes in bytes."""
    files: Files = {}
    for path in scan(asked.paths, asked.exclude, lambda folder, error: say(f"{folder}: {error}")):
        try:
            files[path] = path.stat().st_size
        except OSError:
            files[path] = 0
    return files


def words_of(asked: IndexRequest, settings: Settings, known: Manifest, files: Files) -> WordsPlan:
    """Return whose words are wanted; the model that is to write speech down is looked for.

    Raises:
        ModelError: the model that was named cannot be had.
    """
    wishes = wishes_for(asked.speech_flags, known)
    if asked.only == "pictures":
        return WordsPlan(None, wishes)
    listener, wishes, note = listener_for(wishes, settings)
    job = speech_job(
        files,
        listener,
        wishes,
        asked.named,
        subtitles=not asked.no_subtitles,
        languages=_languages(asked),
        retry=asked.retry,
    )
    return WordsPlan(job, wishes, note)


def plan_of(asked: IndexRequest, wish: Wishes, settings: Settings, files: Files) -> Plan:
    """Return what is to be done with files, to be described as wished for.

    Raises:
        RequestError: a window, stride or quick pass that cannot be.
        ModelError: a model cannot be had.
    """
    known = read_if_there(settings.library)
    choice = choose_recipe(wish, known, offline=settings.offline, announce=say)
    kind = describer_kind(choice.options.model)
    if choice.checkpoint.name == "toy":
        say("The toy model knows only the demo's drawn world: on real footage its words are noise.")
    cluster = Cluster(asked.cluster, _elsewhere(asked)) if asked.cluster is not None else None

    def worker(recipe: Recipe) -> Worker:
        readers = SAMPLINGS[recipe.sampling]
        return DecodeWorker(readers=readers) if cluster is None else cluster.worker(readers)

    job = _here(asked, choice, kind, files, worker)
    if cluster is not None:
        job = _on_cluster(job, asked, cluster, choice, kind)
    words = words_of(asked, settings, known, files)
    first = _quickly(job, asked.quick_every, worker) if asked.quick else None
    return Plan(files, known, choice, job, first, words)


def _languages(asked: IndexRequest) -> Languages:
    return Languages(asked.subtitles or "", language_here())


def _elsewhere(asked: IndexRequest) -> list[Elsewhere]:
    """Return where the nodes of a cluster find files."""
    return [Elsewhere(each.here, each.there) for each in mappings(asked.maps)]


def _here(
    asked: IndexRequest,
    choice: Choice,
    kind: DescriberKind,
    files: Files,
    worker: Callable[[Recipe], Worker],
) -> Job:
    """Return the job of describing files on this machine, or through servers."""
    recipe, options, checkpoint = choice.recipe, choice.options, choice.checkpoint
    named = asked.named
    return Job(
        files,
        recipe,
        lambda: worker(recipe),
        OnDemand(lambda: kind.load(options, checkpoint, say), kind.frame_size(checkpoint)),
        lambda: asked.decoders or decoders_here(options.device, elsewhere=bool(asked.servers)),
        retry=lambda path: asked.retry or path in named,
        subtitles=not asked.no_subtitles,
        languages=_languages(asked),
    )


def _on_cluster(
    job: Job, asked: IndexRequest, ours: Cluster, choice: Choice, kind: DescriberKind
) -> Job:
    """Return the job as the nodes of a Ray cluster do it; the command leaves that as it ends."""
    if asked.cluster != LOCAL:
        say(f"The nodes of the Ray cluster at {asked.cluster} read and describe the videos.")
    click.get_current_context().with_resource(ours)
    options, checkpoint = choice.options, choice.checkpoint
    return replace(
        job,
        describer=OnDemand(
            lambda: ours.describer(options, checkpoint, job.recipe.frames),
            kind.frame_size(checkpoint),
        ),
        workers=lambda: asked.decoders or ours.decoders(),
    )


def _quickly(job: Job, every: str, worker: Callable[[Recipe], Worker]) -> Job:
    """Return the quick pass that comes before a job."""
    recipe = first_look(job.recipe, length_ms(every))
    return replace(
        job,
        recipe=recipe,
        worker=lambda: worker(recipe),
        first_look=True,
        stages=Stages(),
    )
