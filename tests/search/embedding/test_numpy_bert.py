"""The encoder without torch gives what sentence-transformers gives, and knows its limits."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import ModelError
from search.embedding.embedder import DEFAULT_EMBEDDER
from search.embedding.numpy_bert import read
from search.embedding.registry import load_embedder, load_query_encoder
from search.embedding.sentence_transformer import NumpyEmbedder, light, packaged

FOLDER = packaged()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="the offline package is not installed")
TEXTS = [
    "a dog",
    "A man is seen speaking to the camera and leads into him holding up a tool.",
    "",
    "日本の猫 🐱",
    "word " * 600,
    "  spaces \t\n tabs  ",
    "Ünïcödé ÀÉ e\u0301",
    "x" * 500,
    "don't [MASK] [SEP] ok",
    "a, b; c: d/e\\f \x00 \x1b[31m",
]


def test_vectors_are_those_of_sentence_transformers() -> None:
    embedder = load_embedder(DEFAULT_EMBEDDER, offline=True)
    encoder = light(embedder.identity)
    assert encoder is not None
    assert np.abs(encoder.queries(TEXTS) - embedder.queries(TEXTS)).max() < 1e-4
    assert encoder.queries([]).shape == (0, 384)
    assert light(replace(embedder.identity, revision="other")) is None


def test_without_torch_descriptions_have_the_vectors_that_they_have_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One machine describes and another imports and searches: they must agree."""
    whole = load_embedder(DEFAULT_EMBEDDER, offline=True)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    small = load_embedder(DEFAULT_EMBEDDER, offline=True)
    assert isinstance(small, NumpyEmbedder)
    assert small.identity == whole.identity
    texts = [*TEXTS, "A woman in a red coat walks a dog along the beach."]
    assert np.abs(small.documents(texts) - whole.documents(texts)).max() < 1e-4
    assert np.abs(small.queries(texts) - whole.queries(texts)).max() < 1e-4


def test_prompts_are_those_of_sentence_transformers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FOLDER is not None
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "model.safetensors").symlink_to(FOLDER / "model.safetensors")
    facts = {"prompts": {"query": "query: ", "passage": "p: "}, "default_prompt_name": "passage"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(facts))
    whole = load_embedder(str(folder), offline=True)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    small = load_embedder(str(folder), offline=True)
    texts = TEXTS[:3]
    assert np.abs(small.documents(texts) - whole.documents(texts)).max() < 1e-4
    assert np.abs(small.queries(texts) - whole.queries(texts)).max() < 1e-4
    assert np.abs(small.queries(texts) - small.documents(texts)).max() > 0.01


def test_a_model_that_numpy_cannot_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FOLDER is not None
    shutil.copytree(FOLDER, tmp_path / "model")
    config = tmp_path / "model/config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "model_type": "roberta"}))
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError, match="without torch"):
        load_embedder(str(tmp_path / "model"), offline=True)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("config.json", {"model_type": "roberta"}),
        ("config.json", {"hidden_act": "relu"}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
        ("sentence_bert_config.json", {"do_lower_case": True}),
    ],
)
def test_what_it_does_not_know_is_left_to_others(
    tmp_path: Path, file: str, change: dict[str, object]
) -> None:
    assert FOLDER is not None
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "model.safetensors").symlink_to(FOLDER / "model.safetensors")
    assert read(folder) is not None
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert read(folder) is None


def test_asking_loads_no_torch() -> None:
    identity = load_embedder(DEFAULT_EMBEDDER, offline=True).identity
    assert light(identity) is not None
    code = (
        "import sys\n"
        "from search.embedding.embedder import EmbedderIdentity\n"
        "from search.embedding.registry import load_query_encoder\n"
        f"load_query_encoder({identity!r}, offline=True).queries(['a dog'])\n"
        "print('torch' in sys.modules, 'transformers' in sys.modules)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300
    )
    assert out.stdout.split() == ["False", "False"]


def test_the_fake_needs_no_files() -> None:
    fake = load_embedder("fake:")
    assert load_query_encoder(fake.identity).queries(["a"]).shape == (1, 64)
