"""Describes on many nodes: hands pieces to an actor on each, and tries again what they lose."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from math import ceil
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import Any

from indexer.describing.describer import (
    Checkpoint,
    DescriberOptions,
    PartlyDescribedError,
    describer_kind,
)
from indexer.errors import ModelError, ScenelistError, VideoError
from indexer.media.readers.reader import FrameSize
from indexer.pipeline.ray_cluster.batch_pieces import Piece, Round
from indexer.pipeline.ray_cluster.far_clip import FarClip, decode_again
from indexer.pipeline.ray_cluster.lost_workers import LOSSES_IN_A_ROW, Losses
from indexer.pipeline.ray_cluster.node_describer import NodeDescriber, Wants
from indexer.retry_policy import DESCRIBER_CRASHED

# Pieces of a batch for each actor: one at work, one on its way there.
_PIECES = 2
# So many describers in a row that die before they have begun: then it is no accident.
_STILLBORN = 3
_LOADING_S = 1_800.0
_CLOSING_S = 5.0


class Actors:
    """A describer that is one on each of several GPUs or nodes; the words are the same as from one.

    One that dies is replaced, and its piece goes to another. A file over which two of them died
    has no words: `PartlyDescribedError`. `batch` says how many windows to take at a time, of those
    wanted and by the size of their frames.
    """

    def __init__(
        self,
        options: DescriberOptions,
        checkpoint: Checkpoint,
        count: int,
        share: dict[str, Any],
        batch: Callable[[int, FrameSize], int],
    ) -> None:
        self._make = (describer_kind(options.model), options, checkpoint)
        self._share = share
        self._losses = Losses()
        self._count = count
        self._coming: dict[Any, Any] = {}
        self._actors: list[Any] = []
        self._nodes: dict[Any, str] = {}
        self._stillborn = 0
        self._closed = Event()
        self._at_work = Lock()
        for _ in range(count):
            self._start()
        wants = self._wait_for_one()
        self.edge, self._piece, self.square = wants.edge, wants.batch_size, wants.square
        size = FrameSize(self.edge, self.square)
        self.batch_size = batch(_PIECES * self._piece * count, size)

    def describe(self, clips: Sequence[Any]) -> list[str]:
        """Return one description per clip, in order; each actor takes pieces as it can."""
        with self._at_work:
            results = self._described(clips)
        for clip in clips:
            if isinstance(clip, FarClip):
                clip.let_go()
        texts = [result for result in results if isinstance(result, str)]
        if len(texts) < len(results):
            raise PartlyDescribedError(results)
        return texts

    def close(self) -> None:
        """Have whoever waits for words give up, before the connection ends."""
        self._closed.set()
        if self._at_work.acquire(timeout=_CLOSING_S):
            self._at_work.release()

    def _described(self, clips: Sequence[Any]) -> list[str | VideoError]:
        import ray

        size = min(self._piece, max(1, ceil(len(clips) / self._count)))
        numbers = range(len(clips))
        pieces = (tuple(numbers[start : start + size]) for start in numbers[::size])
        work = Round(clips, deque(Piece(piece) for piece in pieces))
        while work.waiting or work.running:
            if self._closed.is_set():
                raise ModelError("The connection to the cluster was closed.")
            self._greet()
            if not self._actors and not work.running:
                self._wait_for_one()
            self._hand_out(work)
            if not work.running:
                continue
            done, _ = ray.wait(list(work.running), timeout=0.5)
            if done:  # and what else there is: with many nodes there is
                done, _ = ray.wait(list(work.running), num_returns=len(work.running), timeout=0)
            for reference in done:
                self._take_in(work, reference)
        return [work.results[number] for number in numbers]

    def _hand_out(self, work: Round) -> None:
        """Give each actor one piece after the other, so that all have some."""
        load: Counter[Any] = Counter()
        for actor, piece in work.running.values():
            load[actor] += _PIECES if piece.suspect else 1
        for _ in range(_PIECES):
            for actor in self._actors:
                if not work.waiting:
                    return
                # A suspect has an actor to itself: if that dies, it is known over what.
                if load[actor] < (1 if work.waiting[0].suspect else _PIECES):
                    piece = work.left(work.waiting.popleft())
                    if piece.numbers:
                        given = [_reference(work.clips[number]) for number in piece.numbers]
                        work.running[actor.describe.remote(*given)] = (actor, piece)
                        load[actor] += _PIECES if piece.suspect else 1

    def _take_in(self, work: Round, reference: Any) -> None:
        """Note the words of a piece; where its actor died, see to all that this one had."""
        import ray

        if reference not in work.running:
            return
        actor, piece = work.running[reference]
        try:
            told = ray.get(reference)
        except ray.exceptions.RayActorError as error:
            self._bury(work, actor, error)
            return
        except ray.exceptions.RayError as error:
            del work.running[reference]
            if not _is_lost(error):
                raise  # a mistake of ours, with its traceback
            self._once_more(work, piece, error, [work.clips[number] for number in piece.numbers])
            return
        del work.running[reference]
        work.note(piece, told)

    def _bury(self, work: Round, actor: Any, error: Exception) -> None:
        """Replace an actor that died, and see to its pieces that have no words."""
        import ray

        its = [each for each, (busy, _) in work.running.items() if busy is actor]
        unfinished = []
        for reference in its:
            _, piece = work.running.pop(reference)
            try:
                work.note(piece, ray.get(reference))
            except ray.exceptions.RayError:
                unfinished.append(piece)
        died = isinstance(error, ray.exceptions.ActorDiedError) and self._node_lives(actor)
        self._replace(actor)
        if died:
            self._try_apart(work, unfinished)
            return
        work.waiting.extendleft(reversed(unfinished[1:]))
        for piece in unfinished[:1]:
            self._once_more(work, piece, error)

    def _try_apart(self, work: Round, pieces: Sequence[Piece]) -> None:
        """Have clips tried again over which a worker died: a file that ends two has failed."""
        apart = [each for piece in pieces for each in work.of_one_file_each(piece)]
        if len(apart) > 1:  # which of them it was will be seen when each is there alone
            work.waiting.extendleft(reversed(apart))
            return
        for piece, again in zip(pieces, apart, strict=True):
            path = work.path(again.numbers[0])
            if path is None:
                raise ModelError(
                    "The process that describes died in the cluster: see `ray status` and the logs"
                    " of its node, and run again to go on."
                )
            if self._losses.one_too_many(path) or piece.suspect:
                work.give_up(path, VideoError(DESCRIBER_CRASHED))
            else:
                work.waiting.appendleft(again)

    def _once_more(
        self, work: Round, piece: Piece, error: Exception, lost: Sequence[Any] = ()
    ) -> None:
        """Have a piece described again that was lost with its node, or whose frames were."""
        import ray

        piece = replace(piece, lost=piece.lost + 1)
        if piece.lost >= LOSSES_IN_A_ROW:
            raise ModelError(
                "The cluster lost the same windows again and again"
                f" ({type(error).__name__}): see `ray status`, and run again to go on."
            ) from error
        far: dict[Path, list[FarClip]] = {}
        for clip in lost:
            if isinstance(clip, FarClip):
                far.setdefault(clip.path, []).append(clip)
        for path, clips in far.items():
            try:
                decode_again(clips)
            except VideoError as broken:
                work.give_up(path, broken)
            except ray.exceptions.RayError:
                pass  # so it is lost once more
        work.waiting.append(piece)

    def _start(self) -> None:
        import ray

        spread = ray.remote(max_restarts=0, scheduling_strategy="SPREAD", **self._share)
        actor = spread(NodeDescriber).remote(*self._make)
        self._coming[actor.ready.remote()] = actor

    def _replace(self, actor: Any) -> None:
        import ray

        if actor in self._actors:
            self._actors.remove(actor)
            self._nodes.pop(actor, None)
            with suppress(ray.exceptions.RayError):
                ray.kill(actor)  # one that only cannot be reached would keep its GPU
            self._start()

    def _node_lives(self, actor: Any) -> bool:
        import ray

        node = self._nodes.get(actor)
        return any(each["NodeID"] == node and each["Alive"] for each in ray.nodes())

    def _greet(self, wait_s: float = 0.0) -> Wants | None:
        """Take in the actors that are ready; return what the last of them wants."""
        import ray

        wants: Wants | None = None
        done, _ = ray.wait(list(self._coming), timeout=wait_s) if self._coming else ([], [])
        for reference in done:
            actor = self._coming.pop(reference)
            try:
                said = ray.get(reference)
            except ray.exceptions.RayError as error:
                self._stillborn += 1
                if self._stillborn < _STILLBORN:  # its node may have been lost
                    self._start()
                    continue
                raise ModelError(
                    f"A describer could not be started in the cluster ({type(error).__name__}):"
                    " see `ray status` and the logs of its node."
                ) from error
            if isinstance(said, ScenelistError):
                raise said
            self._actors.append(actor)
            self._nodes[actor] = said.node
            self._stillborn = 0
            wants = said
        return wants

    def _wait_for_one(self) -> Wants:
        ends = monotonic() + _LOADING_S
        while monotonic() < ends and not self._closed.is_set():
            if (wants := self._greet(0.5)) is not None:
                return wants
        raise ModelError(
            "No node of the cluster has room for a describer: see `ray status` for what is free."
        )


def _is_lost(error: Exception) -> bool:
    """Whether a call failed since it or what it was given is gone, not by what it does."""
    import ray

    failed = ray.exceptions.RayTaskError
    cause = error.cause if isinstance(error, failed) else error
    return isinstance(cause, ray.exceptions.RayError) and not isinstance(cause, failed)


def _reference(clip: Any) -> Any:
    import ray

    return clip.reference if isinstance(clip, FarClip) else ray.put(clip)
