"""Fine-tunes saved as what they change (peft): merged into their model when it is loaded."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

from indexer.describing.describer import Checkpoint
from indexer.errors import ModelError


def merged(model: Any, checkpoint: Checkpoint, adapter: Path) -> Any:
    """Return the model of a checkpoint with an adapter's changes added to its weights.

    Raises:
        ModelError: the adapter is damaged, or of another model.
    """
    from peft import PeftModel
    from safetensors import SafetensorError

    logging.getLogger("peft").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # What an adapter lacks of its model's names is a warning; it is an error here.
            warnings.filterwarnings("error", message=".*missing adapter keys.*")
            tuned = PeftModel.from_pretrained(
                model, str(adapter), use_safetensors=True, local_files_only=True
            )
            return tuned.merge_and_unload()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError, Warning) as e:
        reason = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
        raise ModelError(
            f"The adapter in {adapter} does not fit {checkpoint.folder} ({reason}): give one"
            " that was trained on it, or merge it into its model."
        ) from e
