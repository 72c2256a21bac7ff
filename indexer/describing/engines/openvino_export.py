"""Writes what OpenVINO runs of a SmolVLM2 checkpoint to a folder, in a process of its own."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from indexer.describing.describer import Checkpoint
from indexer.describing.engines.openvino_graphs import openvino, text, vision
from indexer.describing.engines.torch_engine import load_model
from indexer.describing.hardware import choose_hardware
from indexer.errors import ModelError
from indexer.processes import child_process

_UNUSABLE = 3
VISION, TEXT, EMBEDDINGS, SETTINGS = "vision.xml", "text.xml", "embeddings.npy", "settings.json"


def export(checkpoint: Checkpoint, folder: Path, *, int8: bool) -> None:
    """Write a checkpoint's graphs to `folder`, whole or not at all.

    Weights are kept in 16 bits, or with `int8` those of all matrices in 8, one scale for each row.
    A process of its own does it, since it takes several times the memory that running them takes,
    and since the libraries for it talk a lot.

    Raises:
        ModelError: the checkpoint cannot be loaded.
    """
    work = subprocess.run(
        [
            *(sys.executable, "-m", "indexer.describing.engines.openvino_export"),
            *(checkpoint.name, str(checkpoint.folder), str(checkpoint.adapter or "")),
            *(str(folder), "int8" if int8 else "16bit"),
        ],
        env=child_process.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if work.returncode == _UNUSABLE:
        raise ModelError(work.stderr.strip().splitlines()[-1])
    if work.returncode:
        raise RuntimeError(f"OpenVINO could not be prepared:\n{work.stderr}")


def main() -> None:
    """Export what the command line names: the other end of `export`."""
    name, source, adapter, folder, weights = sys.argv[1:]
    checkpoint = Checkpoint(name, "", Path(source), Path(adapter) if adapter else None)
    try:
        model = load_model(checkpoint, choose_hardware("cpu", "float32"), "sdpa")
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(_UNUSABLE)
    _export(model, Path(folder), int8=weights == "int8")


def _export(model: Any, folder: Path, *, int8: bool) -> None:
    ov = openvino()
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix=folder.name, dir=folder.parent))
    try:
        _write_rest(model, scratch)
        for name, trace in ((VISION, vision), (TEXT, text)):
            graph = trace(ov, model)
            if int8:
                graph = _in_int8(graph)
            ov.save_model(graph, scratch / name, compress_to_fp16=True)
            del graph
            gc.collect()
        shutil.rmtree(folder, ignore_errors=True)
        scratch.replace(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_rest(model: Any, folder: Path) -> None:
    """Write what is not in the graphs: the embeddings and how many parameters there are."""
    import numpy as np

    table = model.get_input_embeddings().weight.detach().numpy()
    np.save(folder / EMBEDDINGS, table.astype(np.float16))
    facts = {"parameters": int(model.num_parameters())}
    (folder / SETTINGS).write_text(json.dumps(facts), "utf-8")


def _in_int8(graph: Any) -> Any:
    """Keep the weights of matrices in 8 bits; activations follow at run time, token by token."""
    import nncf

    return nncf.compress_weights(graph, mode=nncf.CompressWeightsMode.INT8_SYM)


if __name__ == "__main__":
    main()
