"""Checkpoints are found by name or folder; what is none is told in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace

import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from indexer.describing.checkpoints import TOY, find
from indexer.describing.describer import Checkpoint, DescriberOptions, load_describer
from indexer.errors import ModelError
from indexer.installation import advice
from tests.command import Run, one_sentence
from tests.indexer.describing.drawn_clips import QUESTION, clip
from tests.media import render, steady


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    render(path, steady(25))
    return path


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


def no_news(message: str) -> None:
    raise AssertionError(message)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "no config.json"),
        ("{}", "not a SmolVLM2"),
        ('{"model_type": "llama"}', "not a SmolVLM2"),
        ("{", "cannot be read"),
        ('{"model_type": "smolvlm"}', "no safetensors weights"),
    ],
)
def test_a_wrong_folder_is_one_sentence(tmp_path: Path, content: str | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(ModelError, match=sentence):
        find(str(tmp_path), offline=True, announce=no_news)


@pytest.mark.parametrize("name", ["no-such-model", "a/b/c", "./missing"])
def test_an_unknown_name_is_one_sentence(name: str) -> None:
    with pytest.raises(ModelError, match="There is no model"):
        find(name, offline=True, announce=no_news)


def test_offline_without_the_model_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="downloads are off"):
        find("256m", offline=True, announce=no_news)


def test_a_damaged_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    folder = copytree(TOY, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_describer(DescriberOptions(str(folder), engine="torch"))


def test_a_fine_tune_in_a_folder_loads_and_has_its_own_revision(tmp_path: Path) -> None:
    folder = copytree(TOY, tmp_path / "mine")
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    toy_revision = find("toy", offline=True, announce=no_news).revision
    mine = find(str(folder), offline=True, announce=no_news)
    assert mine.revision != toy_revision
    options = DescriberOptions(str(folder), prompt=QUESTION, engine="torch")
    assert load_describer(options).describe([clip(1)])[0]


def test_a_download_is_announced_with_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first use of a hub model says what comes and how big it is, before it comes."""
    told: list[str] = []
    fetched: list[str] = []

    def hub(hub_id: str, **options: object) -> object:
        if options.get("local_files_only"):
            if not fetched:
                raise LocalEntryNotFoundError(hub_id)
            return str(copy)
        if options.get("dry_run"):
            return [SimpleNamespace(file_size=513_000_000, will_download=True)]
        assert told, "the announcement comes first"
        fetched.append(hub_id)
        return str(copy)

    copy = copytree(TOY, tmp_path / "abcdef1234567890")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.snapshot_download", hub)
    found = find("256m", offline=False, announce=told.append)
    assert told == [
        "Downloading HuggingFaceTB/SmolVLM2-256M-Video-Instruct (0.5 GB) from the Hugging Face hub,"
        " once."
    ]
    assert (found.folder, found.revision) == (copy, "abcdef123456")
    find("256m", offline=False, announce=told.append)
    assert len(told) == len(fetched) == 1, "the second time it is there"


def test_without_a_network_a_hub_model_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hub(hub_id: str, **options: object) -> object:
        if options.get("local_files_only"):
            raise LocalEntryNotFoundError(hub_id)
        raise ConnectionError("no route to host")

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.snapshot_download", hub)
    with pytest.raises(ModelError, match="connect to the network"):
        find("500m", offline=False, announce=no_news)
