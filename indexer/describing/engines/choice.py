"""Which engine runs a checkpoint on this machine: the first that suits, or the one asked for."""

from __future__ import annotations

from importlib.util import find_spec

from indexer.describing.describer import Announce, Checkpoint, DescriberOptions
from indexer.describing.engines.engine import Engine, Wanted
from indexer.describing.engines.registry import KINDS, engine_kind
from indexer.describing.hardware import choose_hardware, devices_for
from indexer.describing.memory_estimate import check_memory, free_on, needs
from indexer.installation import advice


def load_engine(options: DescriberOptions, checkpoint: Checkpoint, announce: Announce) -> Engine:
    """Load a checkpoint with the engine that suits this machine, or the one asked for.

    Raises:
        ModelError: its files are damaged or do not belong together, or the engine cannot be had.
    """
    toy = checkpoint.name == "toy" and options.dtype == "auto"
    numbers = {"int8": "auto"}.get(options.dtype, "float32" if toy else options.dtype)
    hardware = choose_hardware(options.device, numbers)
    precision = "int8" if options.dtype == "int8" else str(hardware.dtype)[6:]
    wanted = Wanted(options, checkpoint, hardware, precision, free_on(hardware.device))
    allowed = KINDS if options.engine == "auto" else (options.engine,)
    kind = next(kind for kind in map(engine_kind, allowed) if kind.suits(wanted, announce))
    if checkpoint.folder is not None:
        per_weight = kind.bytes_per_weight(precision)
        needed = needs(checkpoint.folder, per_weight, options.batch_size or 1)
        check_memory(checkpoint.name, needed, wanted.free, announce)
    return kind.load(wanted, announce)


def engine_tip(options: DescriberOptions) -> str:
    """Return what would make describing quicker on this machine, in a sentence; else nothing."""
    real = options.model != "toy" and not options.model.startswith(("fake:", "server:"))
    if not real or options.engine != "auto" or find_spec("openvino") is not None:
        return ""
    if choose_hardware(devices_for(options.device)[0]).device != "cpu":
        return ""
    return (
        f"With OpenVINO ({advice('openvino')}) describing takes less than two thirds of the time on"
        " a CPU."
    )
