"""Which engine describes: the one asked for, or the one that suits."""

import re
from pathlib import Path

import pytest

from indexer.describing.checkpoints import TOY
from indexer.describing.describer import Checkpoint, DescriberOptions
from indexer.describing.engines.choice import engine_tip, load_engine
from indexer.errors import ModelError
from indexer.installation import advice
from tests.command import Run

pytest.importorskip("openvino", reason="OpenVINO is not installed")
pytest.importorskip("nncf", reason="NNCF is not installed")


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
