"""Finds SmolVLM2 checkpoints: the bundled toy, a folder, the Hugging Face cache or hub."""

import os
from json import JSONDecodeError, loads
from pathlib import Path

from indexer.describing.describer import Announce, Checkpoint
from indexer.errors import ModelError

SIZES = {
    "256m": "HuggingFaceTB/SmolVLM2-256M-Video-Instruct",
    "500m": "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
    "2.2b": "HuggingFaceTB/SmolVLM2-2.2B-Instruct",
}
TOY = Path(__file__).parents[1] / "toy"
# Weights only as safetensors (no pickle), and no code: nothing of a checkpoint is ever executed.
_WANTED = ["*.json", "*.safetensors", "*.jinja", "*.txt"]
_UNWANTED = ["onnx/*", "runs/*"]


def find(model: str, *, offline: bool, announce: Announce) -> Checkpoint:
    """Find the checkpoint called `model`: 256m, 500m, 2.2b, toy, a folder, or a hub id.

    A hub model that is not in the cache is downloaded unless `offline`; `announce` is told what
    and how big before that.

    Raises:
        ModelError: there is no such checkpoint, or it is not a SmolVLM2.
    """
    if model == "toy":
        return _in_folder("toy", TOY)
    if model not in SIZES and Path(model).expanduser().is_dir():
        folder = Path(model).expanduser().resolve()
        return _in_folder(str(folder), folder)
    hub_id = SIZES.get(model.lower(), model)
    if hub_id.count("/") != 1 or hub_id.startswith((".", "/", "~")):
        raise ModelError(
            f"There is no model {model!r}: give {', '.join(SIZES)}, toy, a folder or a hub id."
        )
    folder = cached(hub_id) or _download(hub_id, offline=offline, announce=announce)
    _require_smolvlm(folder, hub_id)
    return Checkpoint(hub_id, folder.name[:12], folder)


def cached(hub_id: str) -> Path | None:
    """Return the folder in the Hugging Face cache that holds all of `hub_id`, or None."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(hub_id, local_files_only=True, allow_patterns=_WANTED))
    except LocalEntryNotFoundError:
        return None
    except HFValidationError as error:
        raise ModelError(f"{hub_id!r} is not a hub id: {error}.") from error
    return folder if _complete(folder) else None


def _complete(folder: Path) -> bool:
    if not (folder / "config.json").exists():
        return False
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return (folder / "model.safetensors").exists()
    shards = set(loads(index.read_text("utf-8"))["weight_map"].values())
    return all((folder / shard).exists() for shard in shards)


def _download(hub_id: str, *, offline: bool, announce: Announce) -> Path:
    if offline or os.environ.get("HF_HUB_OFFLINE", "") in {"1", "true", "TRUE", "yes", "on"}:
        raise ModelError(
            f"{hub_id} is not on this machine and downloads are off: run once without --offline,"
            " or give --model a folder."
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        plan = snapshot_download(
            hub_id, allow_patterns=_WANTED, ignore_patterns=_UNWANTED, dry_run=True
        )
        size_bytes = sum(file.file_size or 0 for file in plan if file.will_download)
        announce(
            f"Downloading {hub_id} ({size_bytes / 1e9:.1f} GB) from the Hugging Face hub, once."
        )
        snapshot_download(hub_id, allow_patterns=_WANTED, ignore_patterns=_UNWANTED)
    except (GatedRepoError, RepositoryNotFoundError) as error:
        raise ModelError(
            f"The hub has no {hub_id} for you: check the name, or log in with `hf auth login`."
        ) from error
    except OSError as error:
        raise ModelError(
            f"{hub_id} could not be downloaded: connect to the network and run again,"
            " or give --model a folder."
        ) from error
    folder = cached(hub_id)
    if folder is None:
        raise ModelError(f"{hub_id} has no safetensors weights: choose another model.")
    return folder


def _in_folder(name: str, folder: Path) -> Checkpoint:
    _require_smolvlm(folder, name)
    if not _complete(folder):
        raise ModelError(f"{folder} has no safetensors weights: give a complete checkpoint folder.")
    from indexer.scanning.fingerprint import fingerprint

    weights = sorted(folder.glob("*.safetensors"))
    return Checkpoint(name, fingerprint(weights[0])[:12], folder)


def _require_smolvlm(folder: Path, name: str) -> None:
    try:
        config = loads((folder / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{name} is not a model folder: it has no config.json.") from None
    except (OSError, JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"The config.json of {name} cannot be read: {error}.") from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind != "smolvlm":
        raise ModelError(
            f"{name} is not a SmolVLM2 checkpoint (its type is {kind!r}): give 256m, 500m, 2.2b,"
            " toy, or a fine-tune of those."
        )
