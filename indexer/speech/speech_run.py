"""Goes through a run's files for what is said in them: subtitles, else their sound in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock
from typing import Protocol

from indexer.errors import ModelError, VideoError
from indexer.speech.audio_tracks import same_language
from indexer.speech.languages import ANY, Languages
from indexer.speech.speech_ledger import (
    NONE,
    SUBTITLES,
    WINDOWS,
    SpeechLedger,
    SpeechMemory,
    WordsRecord,
)
from indexer.speech.subtitle_marks import SubtitleFiles
from indexer.speech.subtitle_sentences import sentences_of
from indexer.speech.transcribing.messages import ListenOrder, Met, Piece
from indexer.speech.transcribing.transcriber import SpeechModel, SpeechOptions, SpeechRecipe
from indexer.speech.transcript import Cue
from indexer.video import Video


class Worker(Protocol):
    """Listens to one file at a time in a process of its own; see `worker.SpeechWorker`."""

    def meet(self, path: Path, track: str) -> Met:
        """Return what a file's header says; raises VideoError."""
        ...

    def subtitles(self, path: Path, languages: Languages) -> list[Cue]:
        """Return a file's subtitles."""
        ...

    def listen(self, order: ListenOrder) -> Iterator[Piece]:
        """Yield what is said, piece by piece; raises VideoError or ModelError."""
        ...

    def stop(self) -> None:
        """End what is going on, from any thread."""
        ...

    def close(self) -> None:
        """End the process."""
        ...


@dataclass(frozen=True, slots=True)
class Listener:
    """How sound is put into words in a run: settings, what they found, and the recipe they make."""

    options: SpeechOptions
    model: SpeechModel
    recipe: SpeechRecipe


@dataclass(frozen=True, slots=True)
class SpeechJob:
    """Whose words are wanted, and how: subtitles, and without any, those of a `listener`.

    Where it is done `alone`, with nobody looking at pictures, files are remembered as being there.
    Subtitles are read in one of `languages`; where one is asked for, those known are read again.
    Files whose sound failed before are listened to again only where `retry` says so. Whoever uses
    the same ledger meanwhile holds `lock`, too. Set `stop` to end the run; what is kept stays.
    """

    paths: Iterable[Path]
    worker: Callable[[], Worker]
    listener: Listener | None = None
    subtitles: bool = True
    track: str = ""
    languages: Languages = ANY
    retry: Callable[[Path], bool] = lambda _: False
    lock: Lock = field(default_factory=Lock)
    stop: Event = field(default_factory=Event)
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of a file has been written down; it is kept."""

    path: Path
    piece: Piece


@dataclass(frozen=True, slots=True)
class Worded:
    """All that is said in a file is kept: so many sentences; `note` says what went wrong."""

    path: Path
    sentences: int
    record: WordsRecord


@dataclass(frozen=True, slots=True)
class NoListener:
    """The model cannot be used after all: sound is not put into words in this run."""

    error: str


Words = Heard | Worded | NoListener


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a job, with what it listens with, still wants of the words that are remembered."""

    job: SpeechJob
    listener: Listener | None
    memory: SpeechMemory
    files: SubtitleFiles = field(default_factory=SubtitleFiles)

    def nothing_of(self, path: Path) -> bool:
        """Whether nothing is to be done for a file, as far as its status on disk tells."""
        try:
            stat = path.stat()
        except OSError:
            return True
        with self.job.lock:
            file = self.memory.file(path)
            if file is None or (file.size_bytes, file.mtime_ns) != (stat.st_size, stat.st_mtime_ns):
                return False
            known = self.memory.words(file.fingerprint) if file.fingerprint else None
        if not file.fingerprint:
            return not self.job.retry(path)  # it could not be opened
        if known is None:
            return False
        near = self.files.beside(path, known.beside) if self.job.subtitles else ""
        return not self.others_than(known, path, near)

    def others_than(self, known: WordsRecord, path: Path, near: str) -> bool:
        """Whether a run would find others than the words known; `near` marks what lies beside."""
        if known.key == WINDOWS or (known.note and self.job.retry(path)):
            return True
        if self.job.subtitles and near and near != known.beside:
            return True  # subtitles that were not there, or have changed
        if known.key == SUBTITLES and self.job.subtitles:
            return False
        return self.listener is not None and known.key != self.listener.recipe.key


def listen(job: SpeechJob, ledger: SpeechLedger) -> Iterator[Words]:
    """Find the words of a job's files, yielding what happens as it happens.

    What is done is passed in silence; a file whose sound is broken costs its words.

    Raises:
        LibraryError: the library cannot be written.
    """
    worker, wanted = job.worker(), Wanted(job, job.listener, ledger)
    try:
        for path in job.paths:
            if job.stop.is_set():
                return
            try:
                yield from _File(wanted, ledger, worker, path).words()
            except ModelError as error:
                wanted = replace(wanted, listener=None)
                yield NoListener(str(error))
    finally:
        worker.close()


class _File:
    """One file on its way to its words."""

    def __init__(self, wanted: Wanted, ledger: SpeechLedger, worker: Worker, path: Path) -> None:
        self._wanted = wanted
        self._job = wanted.job
        self._ledger = ledger
        self._worker = worker
        self._path = path
        self._beside = ""
        self._anew = self._job.subtitles and bool(self._job.languages.asked)

    def words(self) -> Iterator[Words]:
        """Find the file's words, unless they are there."""
        job, path = self._job, self._path
        if not self._anew and self._wanted.nothing_of(path):
            return
        try:
            met = self._worker.meet(path, job.track)
        except VideoError:
            return  # whoever looks at its pictures will say so
        with job.lock:
            self._ledger.meet(met.video, link=job.alone)
            known = self._ledger.words(met.video.fingerprint)
        if job.subtitles:
            self._beside = self._wanted.files.beside(path, known.beside if known else "")
        if known is not None and not self._lacks(known) and not self._anew:
            return
        said = sentences_of(self._worker.subtitles(path, job.languages)) if job.subtitles else []
        if job.stop.is_set():
            return
        if said:
            record = WordsRecord(SUBTITLES, True, met.video.duration_ms, self._beside)
            with job.lock:
                self._ledger.begin_words(met.video.fingerprint, record.key, anew=self._anew)
                self._ledger.put_words(met.video.fingerprint, record, said)
            yield self._done(met.video, record, len(said))
        elif known is not None and not self._lacks(known):
            return  # in the language asked for there are none: what is there stays
        elif self._wanted.listener is not None:
            yield from self._heard(met, self._wanted.listener)
        elif known is None or known.key == SUBTITLES:
            yield self._done(met.video, WordsRecord(NONE, True, 0, self._beside), 0)

    def _lacks(self, known: WordsRecord) -> bool:
        return self._wanted.others_than(known, self._path, self._beside)

    def _heard(self, met: Met, listener: Listener) -> Iterator[Words]:
        """Put a file's sound into words, going on where an earlier run stopped."""
        job, video = self._job, met.video
        key = listener.recipe.key
        with job.lock:
            record = self._ledger.begin_words(video.fingerprint, key)
        heard_ms, voice_ms, count, note = record.heard_ms, record.voice_ms, 0, ""
        order = ListenOrder(self._path, job.track, listener.options, listener.model, heard_ms)
        try:
            for piece in self._pieces(met, order, listener):
                heard_ms, voice_ms = piece.end_ms, voice_ms + piece.voice_ms
                count += len(piece.sentences)
                so_far = WordsRecord(key, False, heard_ms, self._beside, "", voice_ms)
                with job.lock:
                    self._ledger.put_words(video.fingerprint, so_far, piece.sentences)
                yield Heard(self._path, piece)
        except VideoError as error:
            note = str(error)
        if job.stop.is_set():
            return  # the process was ended: the file is not to blame
        record = WordsRecord(key, True, heard_ms, self._beside, note, voice_ms)
        yield self._done(video, record, count)

    def _pieces(self, met: Met, order: ListenOrder, listener: Listener) -> Iterator[Piece]:
        if met.track is None:
            return
        tagged = met.track.language
        foreign = tagged not in {"", "und"} and not same_language(tagged, "en")
        if listener.model.english_only and foreign:
            raise VideoError(
                f"its sound is said to be in {tagged!r}, and {listener.model.name} knows nothing"
                " but English"
            )
        yield from self._worker.listen(order)

    def _done(self, video: Video, record: WordsRecord, count: int) -> Worded:
        with self._job.lock:
            self._ledger.finish_words(video.fingerprint, record)
        return Worded(self._path, count, record)
