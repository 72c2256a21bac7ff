"""Carries out the plan of an indexing run: one pass after another, shown, hidden, summed up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from commands.indexing.plan import Files, Plan
from commands.indexing.request import IndexRequest
from commands.options.speech import embed_apart
from commands.terminal.console import counted, say
from commands.terminal.exit_status import EXIT_SOME_FAILED
from commands.terminal.forecast import warn_of_hearing_again, warn_of_redoing
from commands.terminal.fresh_playlists import keep_playlists_fresh
from commands.terminal.progress_bar import Speedometer
from commands.terminal.summary import Telling, summarise
from indexer.describing.engines.choice import engine_tip
from indexer.pipeline.job import Job
from indexer.pipeline.progress import (
    Described,
    Failed,
    Finished,
    Noticed,
    NotVideo,
    Progress,
    Started,
)
from indexer.pipeline.run import run
from indexer.pipeline.stopping import Stopping
from indexer.pipeline.timings import Stages
from indexer.pipeline.workload import Workload, in_order
from indexer.retry_policy import NO_PICTURE, may_pass
from indexer.speech.listener_thread import Beside
from indexer.speech.speech_run import SpeechJob
from search.run_status import ended, tell

if TYPE_CHECKING:
    from search.library import Library


@dataclass(frozen=True, slots=True)
class Runs:
    """What is done with files: a quick pass, if there is one, and the rest, each a job.

    `files` are theirs with sizes in bytes, and `model` is as the user named it. What is said is
    written down beside the last of the jobs. What ignore files below `roots` name by now is
    hidden, what they name no more is shown again.
    """

    jobs: Sequence[Job]
    words: SpeechJob | None
    library: Library
    files: Files
    model: str
    telling: Telling
    stopping: Stopping
    roots: tuple[Path, ...] = ()

    def again(self, files: Files) -> Runs:
        """Return the same for files that have changed since; nothing is hidden for them."""
        jobs = [replace(job, paths=files, stages=Stages()) for job in self.jobs]
        words = replace(self.words, paths=files) if self.words else None
        telling = replace(self.telling, json=False)
        return replace(self, jobs=jobs, words=words, files=files, telling=telling, roots=())

    def carry_out(self) -> int:
        """Do one job after the other; return the exit status."""
        meters: list[Speedometer] = []
        for job in self.jobs:
            last = job is self.jobs[-1]
            meter, stopped = self._one(job, meters[-1] if meters else None, last=last)
            meters.append(meter)
            if stopped:
                break
        return EXIT_SOME_FAILED if any(meter.failed for meter in meters) else 0

    def _one(self, job: Job, after: Speedometer | None, *, last: bool) -> tuple[Speedometer, str]:
        """Index files, show how it goes and sum it up; return its sums, and why it stopped if so.

        What is said is written down meanwhile; where that takes longer, it is waited for.
        """
        library, words = self.library, self.words if last else None
        with library.writing() as writer:
            told = partial(tell, library.folder)
            try:
                with (
                    Workload(job, self.files, writer.file) as workload,
                    Speedometer(
                        self.files, workload, told=told, first_look=job.first_look, after=after
                    ) as meter,
                    Beside(words, writer) as beside,
                    closing(
                        run(replace(job, lock=words.lock) if words else job, writer)
                    ) as progress,
                ):
                    library.make_default(self.jobs[-1].recipe, self.model)
                    hide(library, self.roots, meter.print)
                    stopped = _follow(progress, beside, meter, self.stopping)
            finally:
                ended(library.folder)
        stopped = stopped or ("" if last else self.stopping.reason())
        if last or stopped or meter.segments:
            aside = not (last or stopped)
            summarise(meter, job.stages, replace(self.telling, stopped=stopped, aside=aside))
        keep_playlists_fresh(library)
        return meter, stopped


def runs_of(plan: Plan, asked: IndexRequest, library: Library, stopping: Stopping) -> Runs:
    """Return what a plan comes to in a library, which is brought up for it.

    What takes long because the library was made otherwise is said first.
    """
    memory = library.memory()
    files = in_order(plan.files, asked.order, plan.job, memory.file)
    # Whoever looks at the pictures remembers the files: a copy is then told from what was there.
    words = plan.words.job and replace(plan.words.job, paths=files, alone=False)
    job = replace(plan.job, paths=files, renews_subtitles=words is None)
    first = [replace(plan.first, paths=files, renews_subtitles=False)] if plan.first else []
    if library.wordy:
        count = library.reembed()
        say(f"Embedded {count} descriptions anew, without what they only open with or repeat.")
    warn_of_redoing(job, memory.file, plan.known)
    if words is not None:
        warn_of_hearing_again(words, memory, plan.known.speech, plan.words.wishes)
    embed_apart(library)
    if plan.words.note:
        say(plan.words.note)
    library.remember_speech(plan.words.wishes)
    telling = Telling(asked.profile, asked.as_json, lambda: engine_tip(plan.choice.options))
    model = plan.choice.options.model
    return Runs([*first, job], words, library, files, model, telling, stopping, asked.paths)


def hide(library: Library, roots: tuple[Path, ...], told: Callable[[str], None]) -> None:
    """Hide what ignore files below some folders name by now, and no more; say so."""
    if not roots:
        return
    changes = library.hide(roots)
    for ignoring, count in changes.hiding:
        videos = counted(count, "video that is", "videos that are")
        told(f"{ignoring} hides {videos} described: delete its lines to find them again.")
    if changes.again:
        videos = counted(changes.again, "video is", "videos are")
        told(f"{videos} found again, which no ignore file names any more.")


def _follow(
    progress: Iterator[Progress], beside: Beside, meter: Speedometer, stopping: Stopping
) -> str:
    """Show what happens, name what fails, and on an interrupt say how to go on.

    Returns why the run is to stop before all is done, '' where it is not.
    """
    if reason := stopping.reason():
        return reason
    begun = False
    try:
        for item in progress:
            meter.listen(beside.news())
            if isinstance(item, Started) and item.todo and meter.first_look and not begun:
                meter.print("A quick pass first: a window now and then of each video.")
                begun = True
            meter.hear(item)
            if (line := _worth_a_line(item)) and not meter.said_before(item):
                meter.print(line)
            # Between batches all that was described is on its way to the disk.
            if not isinstance(item, Described) and (reason := stopping.reason()):
                return reason
        meter.listen(beside.rest())
    except KeyboardInterrupt:
        meter.print(
            f"Stopped after {counted(meter.segments, 'new window')}; all is kept: run the same"
            " command again to go on."
        )
        raise
    return ""


def _worth_a_line(item: Progress) -> str:
    """Return what a person should read of a piece of news; '' where the bar tells enough."""
    if isinstance(item, Failed):
        again = "; the next run tries again" if may_pass(item.error) else ""
        return f"{item.path}: {item.error}{again}"
    if isinstance(item, NotVideo) and not item.known:
        return f"{item.path}: {NO_PICTURE}"
    if isinstance(item, Noticed):
        return f"{item.path}: {item.note}"
    if isinstance(item, Finished) and item.video.note:
        return f"{item.video.path}: {item.video.note}"
    return ""
