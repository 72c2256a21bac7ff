"""Every layout that a SmolVLM2 or a fine-tune of it is published in loads, with both engines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
import torch

from indexer.describing.checkpoints import find
from indexer.describing.describer import Checkpoint, DescriberOptions, load_describer
from indexer.describing.engines.choice import load_engine
from indexer.describing.smolvlm import SmolVLM
from indexer.errors import ModelError
from indexer.installation import advice
from tests import checkpoints
from tests.command import Run, one_sentence
from tests.media import render, steady

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


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what makes a size's published layout, once; `SIZE-shards` in several files."""
    root = tmp_path_factory.mktemp("published")

    def made(name: str) -> Path:
        # The same name everywhere: what OpenVINO prepares is kept by name and weights.
        folder = root / name / "checkpoint"
        if not folder.exists():
            size, _, sharded = name.partition("-")
            checkpoints.published(folder, size, shard="4MB" if sharded else "5GB")
        return folder

    return made


@pytest.fixture(scope="module")
def layout(
    published: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("layouts")

    def made(name: str) -> Path:
        folder = root / name.replace(" ", "-") / "checkpoint"
        if not folder.exists():
            source, make = LAYOUTS[name]
            folder.parent.mkdir()
            make(published(source), folder)
        return folder

    return made


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    render(path, steady(25))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["torch", "openvino"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_loads_and_describes(
    run: Run,
    layout: Callable[[str], Path],
    cache: Path,
    film: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    engine: str,
) -> None:
    pytest.importorskip(engine)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    folder = layout(name)
    chosen = ("--model", folder, "--device", "cpu", "--engine", engine)
    tried = run("--offline", "doctor", *chosen, "--dtype", "float32")
    assert tried.status == 0, tried.err
    assert f"{'OpenVINO' if engine == 'openvino' else 'torch'} in float32" in tried.err
    assert "real time" in tried.out
    done = run("--offline", "index", film, *chosen, "--embedder", "fake:", "--max-new-tokens", "4")
    assert done.status == 0, done.err
    shown = json.loads(run("show", film, "--json").out)
    assert [segment["end"] for segment in shown["segments"]] == [10, 20, 25]


@pytest.mark.slow
def test_sharded_and_whole_say_the_same_and_no_template_is_the_usual_one(
    layout: Callable[[str], Path],
) -> None:
    """Also of text alone, for which a published template is asked."""
    requests = ["Summarise: a red star."]

    def said(name: str) -> list[str]:
        options = DescriberOptions(str(layout(name)), dtype="float32", engine="torch", device="cpu")
        describer = load_describer(options)
        assert isinstance(describer, SmolVLM)
        return describer.complete(requests)

    expected = said("256m")
    assert expected[0]
    for name in ("256m in shards", "no chat_template.json", "no chat template", "saved today"):
        assert said(name) == expected, name


@pytest.mark.slow
def test_an_adapter_changes_the_words_and_the_revision(layout: Callable[[str], Path]) -> None:
    tuned, whole = (
        find(str(layout(name)), offline=True, announce=print) for name in ("an adapter", "256m")
    )
    assert tuned.folder is not None
    assert (tuned.adapter, tuned.name) == (layout("an adapter"), str(layout("an adapter")))
    assert tuned.revision != whole.revision
    options = DescriberOptions("x", dtype="float32", engine="torch", device="cpu")
    mine, theirs = (load_engine(options, each, print) for each in (tuned, whole))
    frames = torch.zeros(1, 3, 512, 512, dtype=torch.uint8)
    with torch.inference_mode():
        logits = [
            engine.model(inputs_embeds=engine.embed(torch.tensor([[1, 20, 21]]))).logits
            for engine in (mine, theirs)
        ]
        assert torch.allclose(theirs.look(frames), theirs.look(frames))
    assert not torch.allclose(*logits)


def test_without_peft_an_adapter_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, film: Path
) -> None:
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "toy"}')
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    monkeypatch.setattr("indexer.describing.checkpoints.find_spec", lambda name: None)
    outcome = run("--offline", "index", film, "--model", tmp_path)
    assert outcome.status == 2
    assert one_sentence(outcome.err)
    assert advice("adapters") in outcome.err


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("{}", "does not say of which model"),
        ('{"base_model_name_or_path": "who/knows"}', "downloads are off"),
        ('{"base_model_name_or_path": "."}', "an adapter of an adapter"),
        ('{"base_model_name_or_path": "toy"}', "does not fit"),
        ("[", "cannot be read"),
    ],
)
def test_a_wrong_adapter_is_one_sentence(tmp_path: Path, config: str, sentence: str) -> None:
    pytest.importorskip("peft", reason="peft is not installed")
    (tmp_path / "adapter_config.json").write_text(config)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"no weights")
    options = DescriberOptions(str(tmp_path), offline=True, engine="torch", device="cpu")
    with pytest.raises(ModelError, match=sentence):
        load_describer(options)


@pytest.mark.parametrize("weights", ["pytorch_model.bin", "adapter_model.bin"])
def test_weights_that_can_run_code_are_refused_in_one_sentence(
    tmp_path: Path, run: Run, film: Path, weights: str
) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "smolvlm"}')
    if weights.startswith("adapter"):
        (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "toy"}')
    (tmp_path / weights).write_bytes(b"\x80")
    for command in (("doctor",), ("index", film)):
        outcome = run("--offline", *command, "--model", tmp_path)
        assert outcome.status == 2
        assert outcome.err.splitlines()[-1].startswith("Error: ")
        assert f"only as {weights}, a format that can run code" in outcome.err


def test_a_shard_counts_for_the_revision_and_a_missing_one_is_said(tmp_path: Path) -> None:
    def made(last: bytes) -> Checkpoint:
        folder = tmp_path / last.decode()
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "smolvlm"}')
        index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
        (folder / "model-1.safetensors").write_bytes(b"the same")
        (folder / "model-2.safetensors").write_bytes(last)
        return find(str(folder), offline=True, announce=print)

    assert made(b"one").revision != made(b"two").revision
    (tmp_path / "two" / "model-2.safetensors").unlink()
    with pytest.raises(ModelError, match="not all of them"):
        find(str(tmp_path / "two"), offline=True, announce=print)


def test_an_old_export_is_made_anew(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    from indexer.describing.engines import openvino_engine

    checkpoint = find("toy", offline=True, announce=print)
    folder = openvino_engine._folder(checkpoint, "float32", tmp_path)
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
