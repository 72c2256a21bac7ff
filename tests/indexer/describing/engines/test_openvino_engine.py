"""OpenVINO says what torch says; what it prepares is kept; it reports to nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmarks.engines import equal_words
from indexer.describing.checkpoints import find
from indexer.describing.describer import Describer, DescriberOptions, load_describer
from indexer.describing.engines.choice import load_engine
from indexer.describing.smolvlm import SmolVLM
from tests.indexer.describing.drawn_clips import QUESTION, clip

pytest.importorskip("openvino", reason="OpenVINO is not installed")
pytest.importorskip("nncf", reason="NNCF is not installed")
CLIPS = [clip(seed, frames=6 if seed % 3 else 8) for seed in range(16)]


@pytest.fixture(scope="module")
def reference() -> Iterator[SmolVLM]:
    yield _loaded(DescriberOptions("toy", prompt=QUESTION))


def _loaded(options: DescriberOptions) -> SmolVLM:
    describer: Describer = load_describer(options)
    assert isinstance(describer, SmolVLM)
    return describer


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "least"), [("float32", 1.0), ("bfloat16", 0.97), ("int8", 0.9)])
def test_its_words_are_torchs(cache: Path, reference: SmolVLM, dtype: str, least: float) -> None:
    options = DescriberOptions("toy", prompt=QUESTION, dtype=dtype, engine="openvino", cache=cache)
    theirs = _loaded(options)
    assert theirs.engine.name == f"OpenVINO in {dtype}"
    expected = reference.describe(CLIPS)
    assert len(set(expected)) > 3
    assert equal_words(theirs.describe(CLIPS), expected) >= least
    one_by_one = [theirs.describe([one])[0] for one in CLIPS]
    assert equal_words(one_by_one, expected) >= least


def test_features_and_embeddings_are_torchs(cache: Path, reference: SmolVLM) -> None:
    options = DescriberOptions("toy", dtype="float32", engine="openvino", cache=cache)
    checkpoint = find("toy", offline=True, announce=print)
    engine = load_engine(options, checkpoint, lambda _: None)
    frames = reference.inputs([CLIPS[0]], [QUESTION])["pixel_values"].flatten(0, 1)
    with torch.inference_mode():
        mine, theirs = engine.look(frames), reference.engine.look(frames)
        ids = torch.tensor([[1, 5, 9]])
        assert torch.allclose(engine.embed(ids), reference.engine.embed(ids), atol=1e-3)
    assert mine.shape == theirs.shape
    assert torch.allclose(mine, theirs, atol=1e-2)


def test_prompts_of_different_length_share_a_batch(cache: Path, reference: SmolVLM) -> None:
    options = DescriberOptions("toy", dtype="float32", engine="openvino", cache=cache)
    requests = ["Summarise: a red star.", "Write one word.", "Summarise: a blue ring spins."]
    assert _loaded(options).complete(requests) == reference.complete(requests)
