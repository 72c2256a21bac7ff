"""Languages by their names and codes, and which of several is taken."""

import pytest

from indexer.speech.languages import Languages, chosen, language, language_in_name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (".en", "en"),
        (".eng.forced", "en"),
        (".sdh.de", "de"),
        (".pt-BR", "pt"),
        (".English", "english"),
        (".1080p", ""),
        ("", ""),
    ],
)
def test_a_name_tells_the_language(name: str, code: str) -> None:
    assert language_in_name(name) == code


def test_codes_of_a_language_are_one() -> None:
    assert [language(tag) for tag in ("ger", "deu", "de", "de_AT", "DE")] == ["de"] * 5
    assert language("und") == language("") == ""


@pytest.mark.parametrize(
    ("asked", "of_video", "here", "taken"),
    [
        ("fre", "eng", "de_DE", [1, 3]),
        ("it", "eng", "de-DE", [0]),
        ("", "eng", "de-DE", [0]),
        ("", "und", "de-DE", [2]),
        ("", "", "pl", [0]),
    ],
)
def test_the_language_asked_for_else_the_videos_else_the_users_else_the_first(
    asked: str, of_video: str, here: str, taken: list[int]
) -> None:
    assert chosen(["en", "fr", "ger", "fra"], Languages(asked, here), of_video) == taken
