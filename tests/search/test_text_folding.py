"""Words as they are compared: no case, no accents, composed or not, in any script."""

import pytest

from search.text_folding import folded, words_in


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Käthe", "kathe"),
        ("Ka\u0308the", "kathe"),
        ("STRASSE", "straße"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("Ёлка", "елка"),
        ("Ἀθῆναι", "αθηναι"),
        ("שָׁלוֹם", "שלום"),
        ("ｶﾞﾙﾀﾞ", "ガルダ"),
    ],
)
def test_these_are_the_same(text: str, same: str) -> None:
    assert folded(text) == folded(same)


def test_signs_that_make_other_words_stay() -> None:
    assert folded("が") != folded("か")
    assert words_in("नदी किनारे") == ["नदी", "किनारे"]
