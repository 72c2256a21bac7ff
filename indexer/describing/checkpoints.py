"""Finds SmolVLM2 checkpoints: the bundled toy, a folder, the Hugging Face cache or hub."""

from dataclasses import replace
from hashlib import blake2b
from importlib.util import find_spec
from json import JSONDecodeError, loads
from pathlib import Path
from typing import Any

from indexer.describing.describer import Announce, Checkpoint
from indexer.errors import ModelError
from indexer.installation import advice
from indexer.model_download import download

SIZES = {
    "256m": "HuggingFaceTB/SmolVLM2-256M-Video-Instruct",
    "500m": "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
    "2.2b": "HuggingFaceTB/SmolVLM2-2.2B-Instruct",
}
TOY = Path(__file__).parents[1] / "toy"
# Weights only as safetensors (no pickle), and no code: nothing of a checkpoint is ever executed.
_WANTED = ["*.json", "*.safetensors", "*.jinja", "*.txt"]
_UNWANTED = ["onnx/*", "runs/*"]
_INDEX = "model.safetensors.index.json"
_ADAPTER, _ADAPTED = "adapter_config.json", "adapter_model.safetensors"


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
        if (folder / _ADAPTER).exists():
            return _adapted(str(folder), folder, offline=offline, announce=announce)
        return _in_folder(str(folder), folder)
    hub_id = SIZES.get(model.lower(), model)
    if hub_id.count("/") != 1 or hub_id.startswith((".", "/", "~")):
        raise ModelError(
            f"There is no model {model!r}: give {', '.join(SIZES)}, toy, a folder or a hub id."
        )
    folder = cached(hub_id) or _download(hub_id, offline=offline, announce=announce)
    if (folder / _ADAPTER).exists():
        return _adapted(hub_id, folder, offline=offline, announce=announce)
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
    if (folder / _ADAPTER).exists():
        return (folder / _ADAPTED).exists()
    return (folder / "config.json").exists() and all(path.exists() for path in _weights(folder))


def _weights(folder: Path) -> list[Path]:
    """Return the files that hold a checkpoint's weights, whether or not they are there."""
    index = folder / _INDEX
    if not index.exists():
        return [folder / "model.safetensors"]
    return [folder / name for name in sorted(set(_read(index)["weight_map"].values()))]


def _download(hub_id: str, *, offline: bool, announce: Announce) -> Path:
    download(
        hub_id,
        _WANTED,
        _UNWANTED,
        called=hub_id,
        option="--model",
        offline=offline,
        announce=announce,
    )
    folder = cached(hub_id)
    if folder is None:
        raise ModelError(f"{hub_id} has no safetensors weights: choose another model.")
    return folder


def _in_folder(name: str, folder: Path) -> Checkpoint:
    _require_smolvlm(folder, name)
    if not _complete(folder):
        raise _without_weights(folder)
    return Checkpoint(name, _revision(_weights(folder)), folder)


def _without_weights(folder: Path) -> ModelError:
    pickles = sorted(folder.glob("*model*.bin")) + sorted(folder.glob("*.pt[h]"))
    if (folder / _INDEX).exists() or not pickles:
        return ModelError(
            f"{folder} has no safetensors weights, or not all of them: give a complete checkpoint"
            " folder."
        )
    return ModelError(
        f"{folder} has its weights only as {pickles[0].name}, a format that can run code and is"
        " never loaded: save it again with transformers (save_pretrained), as safetensors."
    )


def _revision(weights: list[Path]) -> str:
    """Return what tells these weights from others: of several files, from all of them."""
    from indexer.scanning.fingerprint import fingerprint

    prints = [fingerprint(path) for path in weights]
    return (prints[0] if len(prints) == 1 else _digest("".join(prints)))[:12]


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _adapted(name: str, folder: Path, *, offline: bool, announce: Announce) -> Checkpoint:
    """Find a fine-tune that was saved as an adapter, and the checkpoint that it changes."""
    if not (folder / _ADAPTED).exists():
        raise _without_weights(folder)
    if find_spec("peft") is None:
        raise ModelError(
            f"{name} is an adapter, and peft is not installed: {advice('adapters')}, or give a"
            " folder in which it is merged into its model."
        )
    base = _read(folder / _ADAPTER).get("base_model_name_or_path")
    if not isinstance(base, str) or not base:
        raise ModelError(f"{name} is an adapter that does not say of which model: merge it.")
    if (folder / base).is_dir():
        base = str(folder / base)
    if (Path(base) / _ADAPTER).exists():
        raise ModelError(f"{name} is an adapter of an adapter: merge the first.")
    try:
        under = find(base, offline=offline, announce=announce)
    except ModelError as error:
        raise ModelError(f"{name} is an adapter of {base!r}, which is missing: {error}") from error
    revision = _digest(under.revision + _revision([folder / _ADAPTED]))[:12]
    return replace(under, name=name, revision=revision, adapter=folder)


def processor_folder(checkpoint: Checkpoint) -> Path:
    """Return the folder with what turns frames and words into a model's input.

    That is the adapter's own where it brings all of it.
    """
    own = checkpoint.adapter
    parts = ("processor_config.json", "preprocessor_config.json")
    if own and (own / "tokenizer.json").exists() and any((own / part).exists() for part in parts):
        return own
    assert checkpoint.folder is not None
    return checkpoint.folder


def _require_smolvlm(folder: Path, name: str) -> None:
    if not (folder / "config.json").exists():
        raise ModelError(f"{name} is not a model folder: it has no config.json.")
    kind = _read(folder / "config.json").get("model_type")
    if kind != "smolvlm":
        raise ModelError(
            f"{name} is not a SmolVLM2 checkpoint (its type is {kind!r}): give 256m, 500m, 2.2b,"
            " toy, or a fine-tune of those."
        )


def _read(path: Path) -> dict[str, Any]:
    """Read one of a checkpoint's JSON files; raises ModelError where it is none."""
    try:
        facts = loads(path.read_text("utf-8"))
    except (OSError, JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}.") from error
    return facts if isinstance(facts, dict) else {}
