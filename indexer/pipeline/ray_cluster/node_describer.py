"""The describer on a node of a cluster: an actor that loads it there and has it describe."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.describing.describer import Checkpoint, DescriberKind, DescriberOptions
from indexer.errors import ModelError, ScenelistError
from indexer.media.clip import Clip


@dataclass(frozen=True, slots=True)
class Wants:
    """What a describer on a node wants: see `Describer`."""

    edge: int
    batch_size: int
    square: bool
    node: str


class NodeDescriber:
    """Lives on a node: loads a describer there. What a user can cause is returned, not raised."""

    def __init__(
        self, kind: DescriberKind, options: DescriberOptions, checkpoint: Checkpoint
    ) -> None:
        self._wrong: ScenelistError | None = None
        try:
            here = kind.locate(options, lambda _: None)
            if here.revision != checkpoint.revision:
                raise ModelError(
                    f"A node of the cluster has another {checkpoint.name} than this machine:"
                    " bring the same one there."
                )
            self._describer = kind.load(options, here, lambda _: None)
        except ScenelistError as error:
            self._wrong = error

    def ready(self) -> Wants | ScenelistError:
        """Say what the describer wants."""
        import ray

        if self._wrong is not None:
            return self._wrong
        wants = self._describer
        node = ray.get_runtime_context().get_node_id()
        return Wants(wants.edge, wants.batch_size, wants.square, node)

    def describe(self, *clips: Clip) -> list[str] | ScenelistError:
        """Return one description per clip, in order."""
        try:
            return self._describer.describe(clips)
        except ScenelistError as error:
            return error
