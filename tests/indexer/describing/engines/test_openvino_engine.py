"""OpenVINO says what torch says; what it prepares is kept; it reports to nobody."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
import torch

from benchmarks.engines import equal_words
from indexer.describing.checkpoints import TOY
from indexer.describing.describer import Checkpoint, Describer, DescriberOptions, load_describer
from indexer.describing.engines.choice import engine_tip, load_engine
from indexer.describing.smolvlm import SmolVLM
from indexer.errors import ModelError
from indexer.installation import advice
from tests.command import Run
from tests.indexer.describing.test_smolvlm import QUESTION, clip

pytest.importorskip("openvino", reason="OpenVINO is not installed")
pytest.importorskip("nncf", reason="NNCF is not installed")

CLIPS = [clip(seed, frames=6 if seed % 3 else 8) for seed in range(16)]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graphs")


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
    engine = load_engine(options, Checkpoint("toy", "1", TOY), lambda _: None)
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


def test_it_does_without_the_telemetry_that_is_on_by_default() -> None:
    """As the export does: with the package there, OpenVINO and NNCF take their own stand-ins."""
    code = (
        "from indexer.describing.engines.openvino_graphs import openvino\n"
        "openvino()\n"
        "import sys, nncf.telemetry.wrapper as nncf, openvino.tools.ovc.telemetry_utils as ovc\n"
        "print(type(nncf.telemetry).__name__, ovc.tm.__name__, sys.modules['openvino_telemetry'])\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300
    ).stdout.split()
    assert out[0] != "NNCFTelemetry"
    assert out[1:] == ["openvino.tools.ovc.telemetry_stub", "None"]


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


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--engine", "openvino", "--dtype", "float16"), "OpenVINO is for the CPU"),
        (("--engine", "torch", "--dtype", "int8"), "int8 needs OpenVINO"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    run: Run, videos: Path, options: tuple[str, ...], sentence: str
) -> None:
    outcome = run("index", "--model", "toy", *options, videos / "one.mp4")
    assert outcome.status == 2
    assert sentence in outcome.err
    assert "Traceback" not in outcome.err


def test_without_it_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.describing.engines.openvino_kind.find_spec", lambda name: None)
    options = DescriberOptions("toy", engine="openvino")
    with pytest.raises(ModelError, match=re.escape(advice("openvino"))):
        load_engine(options, Checkpoint("toy", "1", TOY), lambda _: None)


def test_who_could_gain_by_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_tip(DescriberOptions("256m", device="cpu")) == ""
    monkeypatch.setattr("indexer.describing.engines.choice.find_spec", lambda name: None)
    assert advice("openvino") in engine_tip(DescriberOptions("256m", device="cpu"))
    assert engine_tip(DescriberOptions("toy", device="cpu")) == ""
