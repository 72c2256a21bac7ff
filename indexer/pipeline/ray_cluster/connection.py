"""Many machines in one run (Ray): they decode and describe, frames stay with them, words come here.

The run is the same as any: this process plans, keeps and reports. Its decoders are tasks on the
cluster, its describer is an actor for each GPU (or node), and between them travel references to
frames in the cluster's object store.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from indexer.describing.describer import Checkpoint, Describer, DescriberOptions
from indexer.errors import RequestError
from indexer.installation import advice
from indexer.media.readers.reader import FrameSize
from indexer.pipeline.decoder_count import decoders_for
from indexer.pipeline.ray_cluster.cluster_worker import ClusterWorker, Shared
from indexer.pipeline.ray_cluster.decode_tasks import Elsewhere
from indexer.pipeline.ray_cluster.describe_actors import Actors
from indexer.pipeline.ray_cluster.frame_budget import (
    BYTES_EACH,
    FrameBudget,
    clip_bytes,
    frames_limit,
)

# Ray's own word for it: this machine alone, whatever RAY_ADDRESS or a file of it names.
LOCAL = "local"
_MOST_DECODERS = 64


class Cluster:
    """A connection to a Ray cluster, or one of this machine alone, for as long as a run lasts.

    `bytes_each` bounds the frames that are under way, for each describer.
    """

    def __init__(
        self, address: str, maps: Sequence[Elsewhere] = (), bytes_each: int = BYTES_EACH
    ) -> None:
        if find_spec("ray") is None:
            raise RequestError(f"Ray is not installed: {advice('ray')}.")
        self._address = address
        self._bytes_each = bytes_each
        self._shared = Shared(tuple(maps), FrameBudget(bytes_each))
        self._actors: list[Actors] = []

    def __enter__(self) -> Self:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would report home
        # Whoever still waits for the cluster when the run is over must not start another one.
        os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"
        # It would print of every worker that dies, and on stdout; what matters is told by the run.
        os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        # Ray's workers step back (by 15) for all else; here only a run with --nice is to.
        os.environ.setdefault("RAY_worker_niceness", "0")
        import ray

        home = str(Path(__file__).parents[3])
        try:
            ray.init(
                # Without an address Ray would take any cluster that it finds named, also elsewhere.
                address=self._address,
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
        store = ray.cluster_resources().get("object_store_memory", float(self._bytes_each))
        limit = frames_limit(self._describers(), store, self._bytes_each)
        self._shared = Shared(self._shared.maps, FrameBudget(limit))
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        for actors in self._actors:
            actors.close()
        ray.shutdown()

    def worker(self, readers: Sequence[str]) -> ClusterWorker:
        """Return what decodes one file at a time, somewhere in the cluster."""
        return ClusterWorker(tuple(readers), self._shared)

    def describer(
        self, options: DescriberOptions, checkpoint: Checkpoint, frames: int
    ) -> Describer:
        """Load a describer on each GPU of the cluster, or where it has none on each node.

        `frames` is how many there are of each window.
        """
        # No CPU is set aside for an actor: one that takes the place of another, on a node that is
        # left, would keep it from decoding for ever.
        share: dict[str, Any] = {"num_cpus": 0, "num_gpus": 1 if self._gpus() else 0}
        if not self._gpus():
            # As many threads as in a run on one machine: all, and decoding comes in between.
            share["runtime_env"] = {"env_vars": {"OMP_NUM_THREADS": str(min(self._cpus()))}}

        def batch(wanted: int, size: FrameSize) -> int:
            return self._shared.budget.batch(wanted, clip_bytes(frames, size, 0, 0))

        actors = Actors(options, checkpoint, self._describers(), share, batch)
        self._actors.append(actors)
        return actors

    def decoders(self) -> int:
        """Return how many stretches to decode at a time: as many as each node would by itself."""
        if self._gpus():
            return max(1, min(_MOST_DECODERS, sum(self._cpus())))
        return min(_MOST_DECODERS, sum(decoders_for(cpus, gpu=False) for cpus in self._cpus()))

    def _describers(self) -> int:
        return self._gpus() or len(self._cpus())

    def _gpus(self) -> int:
        import ray

        return int(ray.cluster_resources().get("GPU", 0))

    def _cpus(self) -> list[int]:
        """Return how many CPUs each node has."""
        import ray

        return [int(node["Resources"].get("CPU", 1)) for node in ray.nodes() if node["Alive"]]
