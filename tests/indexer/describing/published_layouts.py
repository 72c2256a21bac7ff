"""The layouts that a SmolVLM2 or a fine-tune of it is published in, and how each is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
import torch

from tests import checkpoints

# A name: the size it is made from, and what is made of that (from one folder into another).
Made = Callable[[Path, Path], Path]


def _changed(change: Callable[[Path], Path]) -> Made:
    return lambda source, folder: change(Path(copytree(source, folder)))


def _in_float32(source: Path, folder: Path) -> Path:
    return checkpoints.saved_today(source, folder, torch.float32)


def _adapter(source: Path, folder: Path) -> Path:
    pytest.importorskip("peft", reason="peft is not installed")
    return checkpoints.adapter(source, folder)


LAYOUTS: dict[str, tuple[str, Made]] = {
    "256m": ("256m", copytree),
    "500m": ("500m", copytree),
    "2.2b": ("2.2b", copytree),
    "256m in shards": ("256m-shards", copytree),
    "500m in shards": ("500m-shards", copytree),
    "2.2b in shards": ("2.2b-shards", copytree),
    "pictures and videos apart": ("256m", _changed(checkpoints.with_split_files)),
    "no chat_template.json": ("256m", _changed(checkpoints.without_template_file)),
    "no chat template": ("256m", _changed(checkpoints.without_any_template)),
    "saved today": ("256m", checkpoints.saved_today),
    "saved today from 2.2b": ("2.2b", checkpoints.saved_today),
    "saved today in float32": ("256m", _in_float32),
    "an adapter": ("256m", _adapter),
}
