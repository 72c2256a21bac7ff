"""Whether OpenVINO runs a checkpoint here, and its graphs: made once, kept in the user's cache."""

from __future__ import annotations

import shutil
from glob import escape
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from indexer.describing.describer import Announce, Checkpoint
from indexer.describing.engines.engine import EngineKind, Wanted
from indexer.describing.engines.openvino_engine import OpenVinoEngine
from indexer.describing.engines.openvino_export import SETTINGS, export
from indexer.describing.engines.openvino_graphs import openvino
from indexer.describing.memory_estimate import LIBRARIES, parameters_of
from indexer.errors import ModelError
from indexer.installation import advice

# Raised when what is exported changes: graphs of before are then made anew.
_EXPORT = 3
# Bytes that making the graphs takes for each weight, in a process of its own.
_PREPARING = 9.5


class OpenVinoKind:
    """On a CPU OpenVINO is the one where it is installed, but for the toy, too small to gain."""

    def suits(self, wanted: Wanted, announce: Announce) -> bool:
        """Whether it is asked for, or is there and can do what is wanted."""
        return _runs(wanted) and _can_be_prepared(wanted, announce)

    def bytes_per_weight(self, precision: str) -> tuple[float, float]:
        """Return what weights take in the graphs, and with copies as the processor likes them."""
        return {"int8": (1.0, 2.5), "bfloat16": (2.0, 4.5)}.get(precision, (2.0, 6.5))

    def load(self, wanted: Wanted, announce: Announce) -> OpenVinoEngine:
        """Load the checkpoint's graphs, made now unless they lie in the cache."""
        return load_openvino(wanted.checkpoint, wanted.precision, wanted.options.cache, announce)


KIND: EngineKind = OpenVinoKind()


def _is_asked_for(wanted: Wanted) -> bool:
    return wanted.options.engine == "openvino" or wanted.precision == "int8"


def _runs(wanted: Wanted) -> bool:
    """Whether OpenVINO is the one to run the model.

    Raises:
        ModelError: it is asked for and cannot be had.
    """
    import torch

    hardware, checkpoint = wanted.hardware, wanted.checkpoint
    there = find_spec("openvino") is not None
    fits = hardware.device == "cpu" and hardware.dtype != torch.float16
    if not _is_asked_for(wanted):
        return there and fits and checkpoint.name != "toy" and _plain(checkpoint)
    if not fits:
        raise ModelError(
            "OpenVINO is for the CPU, in float32, bfloat16 or int8: give --device cpu, or leave"
            " --engine and --dtype out."
        )
    if not there or (wanted.precision == "int8" and find_spec("nncf") is None):
        raise ModelError(
            f"OpenVINO is not installed: {advice('openvino')}, or leave --engine and --dtype out."
        )
    if not _plain(checkpoint):
        raise ModelError(
            f"{checkpoint.name} wants its answers written in a way that only torch knows:"
            " leave --engine and --dtype out."
        )
    return True


def _can_be_prepared(wanted: Wanted, announce: Announce) -> bool:
    """Whether the graphs are there or can be made; says so where torch must do instead.

    Raises:
        ModelError: OpenVINO is asked for, and memory does not suffice.
    """
    checkpoint, cache, free = wanted.checkpoint, wanted.options.cache, wanted.free
    if free is None or checkpoint.folder is None:
        return True
    needed = int(parameters_of(checkpoint.folder) * _PREPARING + LIBRARIES)
    kept = cache.glob(f"*{checkpoint.revision}*") if cache else ()
    if needed <= free or any(kept):
        return True
    shortage = (
        f"Preparing {checkpoint.name} for OpenVINO takes {needed / 1e9:.1f} GB of memory, once, and"
        f" {free / 1e9:.1f} GB are free:"
    )
    if _is_asked_for(wanted):
        raise ModelError(f"{shortage} close other programs, or leave --engine and --dtype out.")
    announce(f"{shortage} torch describes instead, which takes longer.")
    return False


def _plain(checkpoint: Checkpoint) -> bool:
    return writes_plainly(generation_of(checkpoint))


def load_openvino(
    checkpoint: Checkpoint, precision: str, cache: Path | None, announce: Announce
) -> OpenVinoEngine:
    """Load a checkpoint's graphs, made now unless they lie in `cache`.

    `precision` is float32, bfloat16 or int8; without a cache, graphs go to a temporary folder.

    Raises:
        ModelError: the checkpoint cannot be loaded.
    """
    from transformers import AutoConfig

    scratch = None if cache else TemporaryDirectory(prefix="scenelist-")
    folder = _folder(checkpoint, precision, Path(scratch.name) if scratch else cache or Path())
    if not (folder / SETTINGS).exists():
        announce(f"Preparing {checkpoint.name} for OpenVINO, once; this takes a minute or so.")
        export(checkpoint, folder, int8=precision == "int8")
        _drop_older(folder)
    config = AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True)
    engine = OpenVinoEngine(folder, precision, config, generation_of(checkpoint))
    engine.scratch = scratch
    return engine


def generation_of(checkpoint: Checkpoint) -> Any:
    """Return how a checkpoint wants its answers written."""
    from transformers import AutoConfig, GenerationConfig

    folder = Path(str(checkpoint.folder))
    if (folder / "generation_config.json").exists():
        return GenerationConfig.from_pretrained(folder, local_files_only=True)
    return GenerationConfig.from_model_config(AutoConfig.from_pretrained(folder))


def writes_plainly(generation: Any) -> bool:
    """Whether an answer is each time the likeliest token, as `OpenVinoEngine.write` has it."""
    usual = {"repetition_penalty": 1.0, "encoder_repetition_penalty": 1.0, "num_beams": 1}
    wishes = (*usual, "no_repeat_ngram_size", "bad_words_ids", "sequence_bias", "min_length")
    wishes += ("suppress_tokens", "begin_suppress_tokens", "forced_bos_token_id")
    return all(getattr(generation, wish, None) in {None, 0, usual.get(wish)} for wish in wishes)


def _folder(checkpoint: Checkpoint, precision: str, cache: Path) -> Path:
    """Return where a checkpoint's graphs lie: one folder for each revision and kind of weights."""
    weights = "int8" if precision == "int8" else "16bit"
    version = openvino().__version__.split("-")[0]
    name = Path(checkpoint.name).name
    return cache / f"{name}-{checkpoint.revision}-{weights}-{_EXPORT}-openvino-{version}"


def _drop_older(folder: Path) -> None:
    """Drop what an earlier version of the export made of the same weights."""
    stem, _, _ = folder.name.partition(f"-{_EXPORT}-openvino-")
    for number in range(_EXPORT):
        for older in folder.parent.glob(f"{escape(stem)}-{number}-openvino-*"):
            shutil.rmtree(older, ignore_errors=True)
