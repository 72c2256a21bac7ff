"""Goes through a run's files for what is said in them: subtitles, else their sound in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from threading import Event, Lock
from typing import Protocol

from indexer.errors import ModelError, VideoError
from indexer.scanning.file_names import composed
from indexer.speech.audio_tracks import same_language
from indexer.speech.languages import ANY, Languages
from indexer.speech.own_transcripts import is_ours
from indexer.speech.speech_ledger import (
    NONE,
    SUBTITLES,
    WINDOWS,
    SpeechLedger,
    SpeechMemory,
    WordsRecord,
)
from indexer.speech.subtitle_files import by_video
from indexer.speech.transcribing.messages import ListenOrder, Met, Piece
from indexer.speech.transcribing.sentences import PAUSE_MS, Sentence
from indexer.speech.transcribing.transcriber import SpeechModel, SpeechOptions, SpeechRecipe
from indexer.speech.transcript import Cue
from indexer.video import Video

# Subtitles go on with the next line where a sentence does, up to so many characters.
_LONGEST_LINE = 200
_ENDS = (".", "!", "?", "…", "。", "？", "！", '."', '!"', '?"', ".”", "]", ")", "♪")


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


def listen(job: SpeechJob, ledger: SpeechLedger) -> Iterator[Words]:
    """Find the words of a job's files, yielding what happens as it happens.

    What is done is passed in silence; a file whose sound is broken costs its words.

    Raises:
        LibraryError: the library cannot be written.
    """
    worker, files = job.worker(), SubtitleFiles()
    try:
        listener = job.listener
        for path in job.paths:
            if job.stop.is_set():
                return
            try:
                yield from _File(job, listener, ledger, worker, path, files).words()
            except ModelError as error:
                listener = None
                yield NoListener(str(error))
    finally:
        worker.close()


class _File:
    """One file on its way to its words."""

    def __init__(
        self,
        job: SpeechJob,
        listener: Listener | None,
        ledger: SpeechLedger,
        worker: Worker,
        path: Path,
        files: SubtitleFiles,
    ) -> None:
        self._job = job
        self._listener = listener
        self._ledger = ledger
        self._worker = worker
        self._path = path
        self._files = files
        self._beside = ""
        self._anew = job.subtitles and bool(job.languages.asked)

    def words(self) -> Iterator[Words]:
        """Find the file's words, unless they are there."""
        job, path = self._job, self._path
        if not self._anew and is_worded(job, self._listener, self._ledger, path, self._files):
            return
        try:
            met = self._worker.meet(path, job.track)
        except VideoError:
            return  # whoever looks at its pictures will say so
        with job.lock:
            self._ledger.meet(met.video, link=job.alone)
            known = self._ledger.words(met.video.fingerprint)
        if job.subtitles:
            self._beside = self._files.beside(path, known.beside if known else "")
        if known is not None and not self._lacks(known) and not self._anew:
            return
        said = _lines(self._worker.subtitles(path, job.languages)) if job.subtitles else []
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
        elif self._listener is not None:
            yield from self._heard(met, self._listener)
        elif known is None or known.key == SUBTITLES:
            yield self._done(met.video, WordsRecord(NONE, True, 0, self._beside), 0)

    def _lacks(self, known: WordsRecord) -> bool:
        return lacks_words(self._job, self._listener, known, self._path, self._beside)

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


def is_worded(
    job: SpeechJob,
    listener: Listener | None,
    ledger: SpeechMemory,
    path: Path,
    files: SubtitleFiles,
) -> bool:
    """Whether nothing is to be done for a file's words, as far as its status on disk tells."""
    try:
        stat = path.stat()
    except OSError:
        return True
    with job.lock:
        file = ledger.file(path)
        if file is None or (file.size_bytes, file.mtime_ns) != (stat.st_size, stat.st_mtime_ns):
            return False
        known = ledger.words(file.fingerprint) if file.fingerprint else None
    if not file.fingerprint:
        return not job.retry(path)  # it could not be opened
    if known is None:
        return False
    near = files.beside(path, known.beside) if job.subtitles else ""
    return not lacks_words(job, listener, known, path, near)


def lacks_words(
    job: SpeechJob, listener: Listener | None, known: WordsRecord, path: Path, near: str
) -> bool:
    """Whether a file's words are others than a run would find; `near` marks what lies beside it."""
    if known.key == WINDOWS or (known.note and job.retry(path)):
        return True
    if job.subtitles and near and near != known.beside:
        return True  # subtitles that were not there, or have changed
    if known.key == SUBTITLES and job.subtitles:
        return False
    return listener is not None and known.key != listener.recipe.key


class SubtitleFiles:
    """Which subtitle files lie beside videos; a folder is read once while they come from it."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files: dict[str, list[Path]] = {}

    def beside(self, path: Path, known: str = "") -> str:
        """Return a mark of the subtitle files that lie beside a video; '' where there are none.

        What Scenelist wrote itself does not count. That takes a look into the files, which is
        spared where their names, sizes and times make the mark that is `known` already.
        """
        if path.parent != self._folder:
            self._folder, self._files = path.parent, {}
            with suppress(OSError):
                self._files = by_video(sorted(path.parent.iterdir()))
        files = self._files.get(composed(path.stem), [])
        mark = _mark(files)
        if not mark or mark == known:
            return mark
        return _mark([file for file in files if not is_ours(file)])


def _mark(files: Iterable[Path]) -> str:
    facts = []
    for file in files:
        with suppress(OSError):
            stat = file.stat()
            facts.append((file.name, stat.st_size, stat.st_mtime_ns))
    return blake2b(repr(facts).encode(), digest_size=8).hexdigest() if facts else ""


def _lines(cues: list[Cue]) -> list[Sentence]:
    """Return subtitles as sentences: lines that go on with the next one are joined to it."""
    joined: list[Sentence] = []
    for cue in cues:
        last = joined[-1] if joined else None
        if (
            last is not None
            and not last.text.endswith(_ENDS)
            and 0 <= cue.start_ms - last.end_ms < PAUSE_MS
            and len(last.text) + len(cue.text) < _LONGEST_LINE
        ):
            joined[-1] = Sentence(last.start_ms, cue.end_ms, f"{last.text} {cue.text}")
        else:
            joined.append(Sentence(cue.start_ms, max(cue.end_ms, cue.start_ms + 1), cue.text))
    return joined
