"""Codes of one language among sound tracks."""

import pytest

from indexer.speech.audio_tracks import same_language


@pytest.mark.parametrize(("one", "other"), [("ger", "de"), ("deu", "de"), ("en-US", "eng")])
def test_languages_have_several_codes(one: str, other: str) -> None:
    assert same_language(one, other)
    assert not same_language(one, "es")
