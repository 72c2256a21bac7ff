"""Which engine runs a checkpoint on this machine: the registry of engines, and the choice."""

from __future__ import annotations

from importlib.util import find_spec

from indexer.describing.describer import Announce, Checkpoint, DescriberOptions
from indexer.describing.engines.engine import Engine
from indexer.describing.engines.torch_engine import TorchEngine, load_model
from indexer.describing.hardware import Hardware, choose_hardware, devices_for
from indexer.describing.memory_estimate import check_memory, free_on, needs
from indexer.errors import ModelError

ENGINES = ("auto", "torch", "openvino")


def load_engine(options: DescriberOptions, checkpoint: Checkpoint, announce: Announce) -> Engine:
    """Load a checkpoint with the engine that suits this machine, or the one asked for.

    On a CPU that is OpenVINO where it is installed (`pip install 'scenelist[openvino]'`), but for
    the toy, which is too small to gain by it.

    Raises:
        ModelError: its files are damaged or do not belong together, or the engine cannot be had.
    """
    toy = checkpoint.name == "toy" and options.dtype == "auto"
    wanted = {"int8": "auto"}.get(options.dtype, "float32" if toy else options.dtype)
    hardware = choose_hardware(options.device, wanted)
    precision = "int8" if options.dtype == "int8" else str(hardware.dtype)[6:]
    through_openvino = _through_openvino(options, hardware, checkpoint)
    free = free_on(hardware.device)
    if through_openvino and not _can_be_prepared(options, checkpoint, precision, free, announce):
        through_openvino = False
    if checkpoint.folder is not None:
        engine = "openvino" if through_openvino else "torch"
        needed = needs(checkpoint.folder, engine, precision, options.batch_size or 1)
        check_memory(checkpoint.name, needed, free, announce)
    if through_openvino:
        from indexer.describing.engines.openvino_engine import load_openvino

        return load_openvino(checkpoint, precision, options.cache, announce)
    return TorchEngine(load_model(checkpoint, hardware), options.compile)


def _through_openvino(
    options: DescriberOptions, hardware: Hardware, checkpoint: Checkpoint
) -> bool:
    """Whether OpenVINO runs the model.

    Raises:
        ModelError: it is asked for and cannot be had.
    """
    import torch

    asked = options.engine == "openvino" or options.dtype == "int8"
    there = find_spec("openvino") is not None
    fits = hardware.device == "cpu" and hardware.dtype != torch.float16
    if options.engine == "torch":
        if options.dtype == "int8":
            raise ModelError("int8 needs OpenVINO: leave --engine out.")
        return False
    if not asked:
        return there and fits and checkpoint.name != "toy" and _plain(checkpoint)
    if not fits:
        raise ModelError(
            "OpenVINO is for the CPU, in float32, bfloat16 or int8: give --device cpu, or leave"
            " --engine and --dtype out."
        )
    if not there or (options.dtype == "int8" and find_spec("nncf") is None):
        raise ModelError(
            "OpenVINO is not installed: pip install 'scenelist[openvino]', or leave --engine and"
            " --dtype out."
        )
    if not _plain(checkpoint):
        raise ModelError(
            f"{checkpoint.name} wants its answers written in a way that only torch knows:"
            " leave --engine and --dtype out."
        )
    return True


def _can_be_prepared(
    options: DescriberOptions,
    checkpoint: Checkpoint,
    precision: str,
    free: int | None,
    announce: Announce,
) -> bool:
    """Whether OpenVINO's graphs are there or can be made; says so where torch must do instead.

    Raises:
        ModelError: OpenVINO is asked for, and memory does not suffice.
    """
    if free is None or checkpoint.folder is None:
        return True
    needed = needs(checkpoint.folder, "openvino", precision, 1).preparing
    kept = options.cache.glob(f"*{checkpoint.revision}*") if options.cache else ()
    if needed <= free or any(kept):
        return True
    shortage = (
        f"Preparing {checkpoint.name} for OpenVINO takes {needed / 1e9:.1f} GB of memory, once, and"
        f" {free / 1e9:.1f} GB are free:"
    )
    if options.engine == "openvino" or options.dtype == "int8":
        raise ModelError(f"{shortage} close other programs, or leave --engine and --dtype out.")
    announce(f"{shortage} torch describes instead, which takes longer.")
    return False


def _plain(checkpoint: Checkpoint) -> bool:
    from indexer.describing.engines.openvino_engine import generation_of, writes_plainly

    return writes_plainly(generation_of(checkpoint))


def engine_tip(options: DescriberOptions) -> str:
    """Return what would make describing quicker on this machine, in a sentence; else nothing."""
    real = options.model != "toy" and not options.model.startswith(("fake:", "server:"))
    if not real or options.engine != "auto" or find_spec("openvino") is not None:
        return ""
    if choose_hardware(devices_for(options.device)[0]).device != "cpu":
        return ""
    return (
        "With OpenVINO (pip install 'scenelist[openvino]') describing takes less than two thirds"
        " of the time on a CPU."
    )
