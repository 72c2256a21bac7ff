"""Listens in a process of its own: a crash or a hang there costs a file's words, not the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from indexer.errors import ModelError, VideoError
from indexer.processes.supervisor import CrashedError, HangsError, Orders, StoppedError
from indexer.speech.languages import ANY, Languages
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
from indexer.speech.transcript import Cue

_CHILD = "indexer.speech.transcribing.child_process"
# A large model on a small processor takes this long for a few minutes of voice.
PATIENCE_S = 1_800.0
# What only reads a file's header or its subtitles says something sooner.
_READING_S = 300.0


class SpeechWorker:
    """Gives orders to a listening process, one at a time, and starts another where it dies.

    For one thread; only `stop` may be called from another, to end what is going on.
    """

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._orders: Orders[Order, Reply] = Orders(_CHILD, _is_last)

    def meet(self, path: Path, track: str) -> Met:
        """Return what a file's header says; raises VideoError."""
        (met,) = self._carry_out(MeetOrder(path, track), min(_READING_S, self._patience_s))
        assert isinstance(met, Met)
        return met

    def subtitles(self, path: Path, languages: Languages = ANY) -> list[Cue]:
        """Return a file's subtitles in one of some languages; none where they cannot be read."""
        try:
            order = SubtitlesOrder(path, languages)
            (found,) = self._carry_out(order, min(_READING_S, self._patience_s))
        except VideoError:
            return []
        assert isinstance(found, Subtitles)
        return list(found.cues)

    def listen(self, order: ListenOrder) -> Iterator[Piece]:
        """Yield what is said, piece by piece.

        Raises:
            VideoError: the sound cannot be listened to (further).
            ModelError: the model cannot be used.
        """
        for reply in self._carry_out(order, self._patience_s):
            if isinstance(reply, Piece):
                yield reply

    def _carry_out(self, order: Order, patience_s: float) -> Iterator[Reply]:
        """Yield the replies to an order but the last, which says that it is carried out."""
        try:
            with closing(self._orders.carry_out(order, patience_s)) as replies:
                for reply in replies:
                    if isinstance(reply, Unusable):
                        raise ModelError(reply.error)
                    if isinstance(reply, Broken):
                        raise VideoError(reply.error)
                    if not isinstance(reply, Done | Listening):
                        yield reply
        except StoppedError:
            raise VideoError("listening was stopped") from None
        except HangsError:
            raise VideoError(
                f"the process that listens to it hangs (no answer in {patience_s:.0f} s)"
            ) from None
        except CrashedError as error:
            raise VideoError("the process that listens to it crashed") from error

    def stop(self) -> None:
        """End the child at once; whoever waits for it gets a VideoError."""
        self._orders.stop()

    def close(self) -> None:
        """End the child."""
        self._orders.close()


def _is_last(reply: Reply) -> bool:
    return isinstance(reply, Done | Broken | Unusable)
