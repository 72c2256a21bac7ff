"""Graphs are prepared once, anew where they are old, and never half."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from indexer.describing.checkpoints import TOY, find
from indexer.describing.describer import Checkpoint, DescriberOptions, load_describer
from indexer.describing.engines.choice import load_engine
from indexer.errors import ModelError

pytest.importorskip("openvino", reason="OpenVINO is not installed")
pytest.importorskip("nncf", reason="NNCF is not installed")


def test_graphs_are_made_once(cache: Path) -> None:
    options = DescriberOptions("toy", dtype="float32", engine="openvino", cache=cache)
    told: list[str] = []
    checkpoint = Checkpoint("once", "1", TOY)
    load_engine(options, checkpoint, told.append)
    assert told == ["Preparing once for OpenVINO, once; this takes a minute or so."]
    before = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}
    load_engine(options, checkpoint, told.append)
    assert len(told) == 1
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*")} == before


def test_a_damaged_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    folder = copytree(TOY, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"not weights")
    options = DescriberOptions(
        str(folder), dtype="float32", engine="openvino", cache=tmp_path / "c"
    )
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_describer(options)
    assert not list((tmp_path / "c").glob("*")), "nothing half made is left"


def test_it_is_used_by_itself_but_not_for_the_toy(cache: Path, tmp_path: Path) -> None:
    toy = load_engine(
        DescriberOptions("toy", cache=cache), Checkpoint("toy", "1", TOY), lambda _: None
    )
    assert toy.name == "torch in float32"
    other = load_engine(
        DescriberOptions("x", dtype="float32", cache=cache),
        Checkpoint("once", "1", TOY),
        lambda _: None,
    )
    assert other.name == "OpenVINO in float32"
    folder = copytree(TOY, tmp_path / "tune")
    (folder / "generation_config.json").write_text('{"repetition_penalty": 1.3, "eos_token_id": 5}')
    tune = Checkpoint(str(folder), "1", folder)
    plain = DescriberOptions(str(folder), dtype="float32", cache=cache)
    assert load_engine(plain, tune, lambda _: None).name == "torch in float32"


def test_an_old_export_is_made_anew(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    from indexer.describing.engines import openvino_kind

    checkpoint = find("toy", offline=True, announce=print)
    folder = openvino_kind._folder(checkpoint, "float32", tmp_path)
    assert "-3-openvino-" in folder.name, "2 had neighbours' places, at 27 x 27, and rounded ones"
    older = folder.with_name(folder.name.replace("-3-openvino-", "-2-openvino-"))
    older.mkdir()
    (older / "settings.json").write_text('{"parameters": 1}')
    told: list[str] = []
    options = DescriberOptions(
        "toy", dtype="float32", engine="openvino", device="cpu", cache=tmp_path
    )
    load_engine(options, checkpoint, told.append)
    assert told == ["Preparing toy for OpenVINO, once; this takes a minute or so."]
    assert folder.exists()
    assert not older.exists(), "nobody reads it any more"
