"""The process that listens: takes orders on stdin, answers on stdout, dies with its parent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from indexer.errors import ModelError, VideoError
from indexer.media.opening import opened
from indexer.media.recording_date import recorded_ms
from indexer.processes import child_process
from indexer.scanning.fingerprint import fingerprint
from indexer.speech.subtitles import cues
from indexer.speech.transcribing.messages import (
    Broken,
    Done,
    Listening,
    ListenOrder,
    MeetOrder,
    Met,
    Order,
    Piece,
    Reply,
    Subtitles,
    SubtitlesOrder,
    Unusable,
)
from indexer.speech.transcribing.pieces import pieces
from indexer.speech.transcribing.sentences import sentences
from indexer.speech.transcribing.sound import RATE, Block, blocks, track_of
from indexer.speech.transcribing.transcriber import (
    Passage,
    SpeechModel,
    SpeechOptions,
    Transcriber,
    Voice,
    transcriber_kind,
)
from indexer.video import Video
from indexer.windows import Window

# Voices are written down for so long at a time, with a sign of life after each.
_AT_ONCE_MS = 120_000


class Listener:
    """Carries out orders; keeps the transcriber it used last, since loading one takes a while."""

    def __init__(self) -> None:
        self._loaded: tuple[tuple[SpeechOptions, SpeechModel], Transcriber] | None = None

    def answer(self, order: Order) -> Iterator[Reply]:
        """Yield the replies to one order; the last one is `Done`, `Broken` or `Unusable`."""
        try:
            if isinstance(order, MeetOrder):
                yield met(order.path, order.track)
            elif isinstance(order, SubtitlesOrder):
                yield Subtitles(tuple(cues(order.path, order.languages)))
            else:
                yield from self._listen(order)
        except ModelError as error:
            yield Unusable(str(error))
        except VideoError as error:
            yield Broken(str(error))
        except OSError as error:
            yield Broken(f"it cannot be read ({error.strerror or error})")
        else:
            yield Done()

    def _listen(self, order: ListenOrder) -> Iterator[Reply]:
        sound = blocks(order.path, order.track)
        if order.to_ms:
            sound = _until(sound, order.to_ms)
            cut = pieces(sound, order.from_ms, order.to_ms - order.from_ms)
        else:
            cut = pieces(sound, order.from_ms)
        for block in cut:
            yield from self._piece(block, order)

    def _piece(self, block: Block, order: ListenOrder) -> Iterator[Reply]:
        """Write down a piece; times in it count from the player's zero."""
        transcriber = self._transcriber(order)
        began = time.perf_counter()
        voices = transcriber.voices(block.samples)
        found = time.perf_counter()
        passages: list[Passage] = []
        for some in _some_at_a_time(voices):
            passages += transcriber.passages(block.samples, some)
            yield Listening()
        start_ms = block.start * 1000 // RATE
        said = [sentence.later(start_ms) for sentence in sentences(passages, voices)]
        yield Piece(
            start_ms,
            block.end * 1000 // RATE,
            tuple(said),
            sum(voice.end_ms - voice.start_ms for voice in voices),
            found - began,
            time.perf_counter() - found,
        )

    def _transcriber(self, order: ListenOrder) -> Transcriber:
        what = (order.options, order.model)
        if self._loaded is None or self._loaded[0] != what:
            kind = transcriber_kind(order.model.name)
            self._loaded = what, kind.load(order.options, order.model)
        return self._loaded[1]


def met(path: Path, track: str) -> Met:
    """Return what the header of a file says.

    Raises:
        VideoError: it cannot be opened.
    """
    status = path.stat()
    if not status.st_size:
        raise VideoError("it is empty (0 bytes)")
    with opened(path) as container:
        duration_ms = max(1, (container.duration or 0) // 1000)
        shown = next(iter(container.streams.video), None)
        width, height = (shown.width, shown.height) if shown is not None else (0, 0)
        recorded = recorded_ms({**(shown.metadata if shown else {}), **container.metadata})
    video = Video(
        path,
        fingerprint(path),
        status.st_size,
        status.st_mtime_ns,
        duration_ms,
        Window(0, duration_ms),
        width or 0,
        height or 0,
        recorded_ms=recorded,
    )
    return Met(video, track_of(path, track))


def _until(sound: Iterator[Block], to_ms: int) -> Iterator[Block]:
    for block in sound:
        if block.start * 1000 // RATE >= to_ms:
            return
        yield block


def _some_at_a_time(voices: list[Voice]) -> Iterator[list[Voice]]:
    """Yield voices, as many at a time as make `_AT_ONCE_MS` together, or one."""
    some: list[Voice] = []
    for voice in voices:
        if some and voice.end_ms - some[0].start_ms > _AT_ONCE_MS:
            yield some
            some = []
        some.append(voice)
    if some:
        yield some


def main() -> None:
    """Serve the parent process over this process's pipes."""
    child_process.serve(Listener().answer)


if __name__ == "__main__":
    main()
