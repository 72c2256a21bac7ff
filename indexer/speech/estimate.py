"""How long it would take to write down what is said in files: by their voices, not lengths."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import VideoError
from indexer.speech.speech_ledger import NOT_HEARD, SpeechMemory
from indexer.speech.speech_run import Listener, SpeechJob, Wanted, Worker
from indexer.speech.transcribing.messages import ListenOrder, Met, Piece

# So many files are tried, each for so long, in its middle.
_TRIED = 2
_TRIAL_MS = 60_000


@dataclass(frozen=True, slots=True)
class SpeechEstimate:
    """The files whose sound would be put into words: how long they are and are spoken in.

    `voice_ms` and `seconds` come from a trial; they are 0 and None where none could be made.
    """

    files: int
    sound_ms: int
    voice_ms: int
    seconds: float | None


def estimate(job: SpeechJob, memory: SpeechMemory, listener: Listener) -> SpeechEstimate:
    """Look at what a job would listen to, and listen to some of it; nothing is kept.

    Raises:
        ModelError: the model cannot be used.
    """
    worker = job.worker()
    try:
        met = list(_to_hear(job, memory, listener, worker))
        sound_ms = sum(each.video.duration_ms for each in met)
        pieces = [p for each in met[:_TRIED] for p in _tried(job, each, listener, worker)]
    finally:
        worker.close()
    heard_s = sum(piece.end_ms - piece.start_ms for piece in pieces) / 1000
    if not heard_s:
        return SpeechEstimate(len(met), sound_ms, 0, None)
    voice_s = sum(piece.voice_ms for piece in pieces) / 1000
    finding = sum(piece.finding_s for piece in pieces) / heard_s
    writing = sum(piece.writing_s for piece in pieces) / max(voice_s, 1e-3)
    spoken_ms = sound_ms * voice_s / heard_s
    seconds = (finding * sound_ms + writing * spoken_ms) / 1000
    return SpeechEstimate(len(met), sound_ms, round(spoken_ms), seconds)


def heard_otherwise(job: SpeechJob, memory: SpeechMemory, listener: Listener) -> dict[Path, int]:
    """Return the files that a job would listen to again, because they were written down otherwise.

    With each, how much of its sound there is to be gone through again, in ms. Nothing is opened.
    """
    wanted = Wanted(job, listener, memory)
    again: dict[Path, int] = {}
    for path in job.paths:
        if wanted.nothing_of(path):
            continue
        file = memory.file(path)
        known = memory.words(file.fingerprint) if file is not None else None
        if known is None or known.key in {listener.recipe.key, *NOT_HEARD}:
            continue
        if known.heard_ms and not (job.subtitles and wanted.files.beside(path, known.beside)):
            again[path] = known.heard_ms
    return again


def _to_hear(
    job: SpeechJob, memory: SpeechMemory, listener: Listener, worker: Worker
) -> Iterable[Met]:
    wanted = Wanted(job, listener, memory)
    for path in job.paths:
        if wanted.nothing_of(path):
            continue
        if job.subtitles and wanted.files.beside(path):
            continue
        with suppress(VideoError):
            met = worker.meet(path, job.track)
            if met.track is not None:
                yield met


def _tried(job: SpeechJob, met: Met, listener: Listener, worker: Worker) -> list[Piece]:
    middle_ms = max(0, met.video.duration_ms // 2 - _TRIAL_MS // 2)
    order = ListenOrder(
        Path(met.video.path),
        job.track,
        listener.options,
        listener.model,
        middle_ms,
        middle_ms + _TRIAL_MS,
    )
    with suppress(VideoError):
        return list(worker.listen(order))
    return []
