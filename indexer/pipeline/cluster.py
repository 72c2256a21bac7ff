"""Many machines in one run (Ray): they decode and describe, frames stay with them, words come here.

The run is the same as any: this process plans, keeps and reports. Its decoders are tasks on the
cluster, its describer is an actor for each GPU (or node), and between them travel references to
frames in the cluster's object store.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from indexer.decoding.worker import DecodeWorker
from indexer.describing.describer import Checkpoint, Describer, DescriberOptions, describer_kind
from indexer.errors import ModelError, RequestError, ScenelistError, VideoError
from indexer.failures import CRASHED
from indexer.media.clip import Clip
from indexer.media.readers.reader import FrameSize
from indexer.speech.languages import Languages
from indexer.speech.transcript import Subtitles
from indexer.video import Video
from indexer.windows import Window

if TYPE_CHECKING:
    from indexer.media.timeline import Timeline

LOCAL = "local"
# Clips of a stretch that wait in the object store: with 8 frames of 512 x 512, 50 MB.
_CLIPS_AHEAD = 8
# Pieces of a batch for each actor: one at work, one on its way there.
_PIECES = 2
# A node that is lost with what it had in its memory costs another try; more, and it is no accident.
_TRIES = 3
_LOADING_S = 1_800.0
_MOST_DECODERS = 64


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Files below `here` lie below `there` on the workers."""

    here: Path
    there: str

    def place(self, path: Path) -> Path | None:
        """Return where a worker finds a file; None where it is not below `here`."""
        return Path(self.there) / path.relative_to(self.here) if self.here in path.parents else None


class FarClip:
    """A clip that lies in the cluster: who asks for its frames here has them fetched."""

    def __init__(self, window: Window, times_ms: tuple[int, ...], reference: Any) -> None:
        self.window = window
        self.times_ms = times_ms
        self.reference = reference

    @property
    def frames(self) -> NDArray[np.uint8]:
        """The frames; see `Clip`."""
        import ray

        clip: Clip = ray.get(self.reference)
        return clip.frames


class Cluster:
    """A connection to a Ray cluster, or one of this machine alone, for as long as a run lasts."""

    def __init__(self, address: str, maps: Sequence[Elsewhere] = ()) -> None:
        if find_spec("ray") is None:
            raise RequestError("Ray is not installed: pip install 'scenelist[ray]'.")
        self._address = address
        self.maps = tuple(maps)

    def __enter__(self) -> Self:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would report home
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        import ray

        home = str(Path(__file__).parents[2])
        try:
            ray.init(
                address=None if self._address == LOCAL else self._address,
                include_dashboard=None if self._address != LOCAL else False,
                log_to_driver=False,
                logging_level="ERROR",
                runtime_env={"env_vars": {"PYTHONPATH": home, "HF_HUB_DISABLE_TELEMETRY": "1"}},
            )
        except (ConnectionError, OSError, ValueError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else "no answer"
            raise RequestError(
                f"There is no Ray cluster at {self._address!r} ({reason}): start one with `ray"
                " start --head`, or give --ray local."
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        ray.shutdown()

    def worker(self, readers: Sequence[str]) -> ClusterWorker:
        """Return what decodes one file at a time, somewhere in the cluster."""
        return ClusterWorker(tuple(readers), self.maps)

    def describer(self, options: DescriberOptions, checkpoint: Checkpoint) -> Describer:
        """Load a describer on each GPU of the cluster, or where it has none on each node."""
        import ray

        gpus = int(ray.cluster_resources().get("GPU", 0))
        nodes = [node for node in ray.nodes() if node["Alive"]]
        smallest = min(int(node["Resources"].get("CPU", 1)) for node in nodes)
        # No CPU is set aside for an actor: one that takes the place of another, on a node that is
        # left, would keep it from decoding for ever. Half of a node's CPUs have threads for it.
        share: dict[str, Any] = {"num_cpus": 0, "num_gpus": 1 if gpus else 0}
        if not gpus:
            threads = str(max(1, smallest // 2))
            share["runtime_env"] = {"env_vars": {"OMP_NUM_THREADS": threads}}
        return Actors(options, checkpoint, gpus or len(nodes), share)

    def decoders(self) -> int:
        """Return how many stretches to decode at a time: a CPU each, half of them to describe."""
        import ray

        has = ray.cluster_resources()
        cpus = int(has.get("CPU", 1))
        return max(1, min(_MOST_DECODERS, cpus if has.get("GPU") else cpus // 2))


class ClusterWorker:
    """A `job.Worker` whose decoding process runs on some node; see there.

    A task whose process or node dies is started anew by Ray, once; the second time the file has
    failed.
    """

    def __init__(self, readers: tuple[str, ...], maps: Sequence[Elsewhere]) -> None:
        self._readers = readers
        self._maps = maps
        self._path: Path | None = None
        self._stopped = False
        self.timeline: Timeline | None = None
        self.busy_s = 0.0

    def probe(self, path: Path) -> Video:
        """Open a file; raises VideoError, and RequestError where no worker can see it."""
        self.go_on(path, None)
        status = path.stat()
        video: Video
        video, self.timeline = self._do(_probe, self._there(path), cpus=0)
        return replace(video, path=path, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)

    def go_on(self, path: Path, timeline: Timeline | None) -> None:
        """Turn to a file that another worker has probed."""
        self._path, self.timeline = path, timeline

    def length_ms(self, path: Path) -> int:
        """Return how long a file's header says it is, or 0; raises VideoError."""
        length: int = self._do(_length_ms, self._there(path), cpus=0)
        return length

    def subtitles(self, languages: Languages) -> Subtitles:
        """Return the subtitles of the file last turned to, in one of its languages."""
        assert self._path is not None, "probe a file first"
        found: Subtitles = self._do(_subtitles, self._there(self._path), languages, cpus=0)
        return found

    def clips(
        self, windows: Sequence[Window], frames: int, edge: int, square: bool = False
    ) -> Iterator[Any]:
        """Yield references to clips of the file last turned to; raises VideoError."""
        import ray

        assert self._path is not None, "probe a file first"
        task = ray.remote(num_cpus=1, max_retries=1)(_decode).options(
            num_returns="streaming",
            _generator_backpressure_num_objects=2 * _CLIPS_AHEAD,
        )
        coming = task.remote(
            self._there(self._path),
            self.timeline,
            tuple(windows),
            frames,
            FrameSize(edge, square),
            self._readers,
        )
        try:
            for window in windows:
                if self._stopped:
                    raise VideoError("decoding was stopped")
                said = self._next(coming)
                if isinstance(said, str):
                    raise VideoError(said)
                yield FarClip(window, said, next(coming))
        except StopIteration:
            raise VideoError(CRASHED) from None
        finally:
            ray.cancel(coming, force=False)

    def stop(self) -> None:
        """End what is going on, from any thread: whoever waits gets a VideoError."""
        self._stopped = True

    def close(self) -> None:
        """Let go of the file."""
        self._path = self.timeline = None

    def _next(self, coming: Any) -> Any:
        """Return what a task says next, which is small."""
        import ray

        while True:
            if self._stopped:
                raise VideoError("decoding was stopped")
            reference = coming._next_sync(timeout_s=0.5)  # a wait without end hears no stop
            if not reference.is_nil():
                break
        try:
            return ray.get(reference)
        except ray.exceptions.RayError as error:
            raise VideoError(CRASHED) from error

    def _there(self, path: Path) -> Path:
        places = (each.place(path) for each in self._maps)
        return next((place for place in places if place is not None), path)

    def _do(self, work: Callable[..., Any], *arguments: Any, cpus: int) -> Any:
        """Have something small done on a node, and wait for it."""
        import ray

        reference = ray.remote(num_cpus=cpus, max_retries=1)(work).remote(*arguments)
        while not self._stopped:
            done, _ = ray.wait([reference], timeout=0.5)
            if done:
                break
        if self._stopped:
            raise VideoError("decoding was stopped")
        try:
            result = ray.get(reference)
        except ray.exceptions.RayError as error:
            raise VideoError(CRASHED) from error
        if isinstance(result, ScenelistError):
            raise result
        return result


class Actors:
    """A describer that is one on each of several GPUs or nodes; the words are the same as from one.

    One that dies is replaced, and its piece goes to another.
    """

    def __init__(
        self,
        options: DescriberOptions,
        checkpoint: Checkpoint,
        count: int,
        share: dict[str, Any],
    ) -> None:
        self._make = (options, checkpoint, share)
        self._coming: dict[Any, Any] = {}
        self._actors: list[Any] = []
        self._stillborn = 0
        for _ in range(count):
            self._start()
        self.edge, self._piece, self.square = self._wait_for_one()
        self.batch_size = _PIECES * self._piece * count

    def describe(self, clips: Sequence[Any]) -> list[str]:
        """Return one description per clip, in order; each actor takes pieces as it can."""
        import ray

        size = self._piece
        pieces = [clips[start : start + size] for start in range(0, len(clips), size)]
        waiting = deque(range(len(pieces)))
        running: dict[Any, tuple[Any, int]] = {}
        words: dict[int, list[str]] = {}
        tries: Counter[int] = Counter()
        while len(words) < len(pieces):
            self._greet()
            if not self._actors and not running:
                self._wait_for_one()
            for _ in range(_PIECES):
                for actor in self._actors:
                    load = sum(busy is actor for busy, _ in running.values())
                    if waiting and load < _PIECES:
                        number = waiting.popleft()
                        given = [_reference(clip) for clip in pieces[number]]
                        running[actor.describe.remote(*given)] = (actor, number)
            done, _ = ray.wait(list(running), timeout=0.5)
            for reference in done:
                actor, number = running.pop(reference)
                try:
                    told = ray.get(reference)
                except ray.exceptions.RayError as error:
                    waiting.append(number)
                    tries[number] += 1
                    if tries[number] >= _TRIES:
                        raise ModelError(
                            "The cluster lost the same windows again and again"
                            f" ({type(error).__name__}): see `ray status`, and run again to go on."
                        ) from error
                    if isinstance(error, ray.exceptions.RayActorError):
                        self._replace(actor)
                    continue
                if isinstance(told, ScenelistError):
                    raise told
                words[number] = told
        return [text for number in range(len(pieces)) for text in words[number]]

    def _start(self) -> None:
        import ray

        options, checkpoint, share = self._make
        kind = ray.remote(max_restarts=0, scheduling_strategy="SPREAD", **share)(_Describing)
        actor = kind.remote(options, checkpoint)
        self._coming[actor.ready.remote()] = actor

    def _replace(self, actor: Any) -> None:
        if actor in self._actors:
            self._actors.remove(actor)
            self._start()

    def _greet(self, wait_s: float = 0.0) -> tuple[int, int, bool] | None:
        """Take in the actors that are ready; return what the last of them wants."""
        import ray

        wants: tuple[int, int, bool] | None = None
        done, _ = ray.wait(list(self._coming), timeout=wait_s) if self._coming else ([], [])
        for reference in done:
            actor = self._coming.pop(reference)
            try:
                said = ray.get(reference)
            except ray.exceptions.RayError as error:
                self._stillborn += 1
                if self._stillborn < _TRIES:  # its node may have been lost
                    self._start()
                    continue
                raise ModelError(
                    f"A describer could not be started in the cluster ({type(error).__name__}):"
                    " see `ray status` and the logs of its node."
                ) from error
            if isinstance(said, ScenelistError):
                raise said
            self._actors.append(actor)
            self._stillborn = 0
            wants = said
        return wants

    def _wait_for_one(self) -> tuple[int, int, bool]:
        ends = monotonic() + _LOADING_S
        while monotonic() < ends:
            if (wants := self._greet(0.5)) is not None:
                return wants
        raise ModelError(
            "No node of the cluster has room for a describer: see `ray status` for what is free."
        )


def _reference(clip: Any) -> Any:
    import ray

    return clip.reference if isinstance(clip, FarClip) else ray.put(clip)


class _Describing:
    """Lives on a node: loads a describer there. What a user can cause is returned, not raised."""

    def __init__(self, options: DescriberOptions, checkpoint: Checkpoint) -> None:
        self._wrong: ScenelistError | None = None
        try:
            kind = describer_kind(options.model)
            here = kind.locate(options, lambda _: None)
            if here.revision != checkpoint.revision:
                raise ModelError(
                    f"A node of the cluster has another {checkpoint.name} than this machine:"
                    " bring the same one there."
                )
            self._describer = kind.load(options, here, lambda _: None)
        except ScenelistError as error:
            self._wrong = error

    def ready(self) -> tuple[int, int, bool] | ScenelistError:
        """Say what the describer wants: frames' longest side, clips at a time, squared or not."""
        if self._wrong is not None:
            return self._wrong
        wants = self._describer
        return wants.edge, wants.batch_size, wants.square

    def describe(self, *clips: Clip) -> list[str] | ScenelistError:
        """Return one description per clip, in order."""
        try:
            return self._describer.describe(clips)
        except ScenelistError as error:
            return error


def _seen(path: Path) -> None:
    """Raise RequestError where a file that is there for the run is not there for this node."""
    if not path.exists():
        raise RequestError(
            f"The node {os.uname().nodename} does not see {path}: mount the videos there too, or"
            " say with --map HERE=THERE where it has them."
        )


def _probe(path: Path) -> tuple[Video, Timeline | None] | ScenelistError:
    try:
        _seen(path)
        with DecodeWorker() as worker:
            return worker.probe(path), worker.timeline
    except ScenelistError as error:
        return error


def _length_ms(path: Path) -> int | ScenelistError:
    try:
        with DecodeWorker() as worker:
            return worker.length_ms(path)
    except ScenelistError as error:
        return error


def _subtitles(path: Path, languages: Languages) -> Subtitles:
    with DecodeWorker() as worker:
        worker.go_on(path, None)
        return worker.subtitles(languages)


def _decode(
    path: Path,
    timeline: Timeline | None,
    windows: tuple[Window, ...],
    frames: int,
    size: FrameSize,
    readers: tuple[str, ...],
) -> Iterator[tuple[int, ...] | str | Clip]:
    """Yield each clip's times, which are small, and then the clip; in the end what went wrong."""
    try:
        with DecodeWorker(readers=readers) as worker:
            worker.go_on(path, None if timeline is None else replace(timeline, path=path))
            for clip in worker.clips(windows, frames, size.edge, size.square):
                yield clip.times_ms
                yield clip
    except VideoError as error:
        yield str(error)
