"""Where a text shares words with a question: by their stems, at their places."""

import pytest

from search.ranking.matched_words import matched


@pytest.mark.parametrize(
    ("text", "asked", "words"),
    [
        ("Two dogs jump, one jumped.", {"dog", "jump"}, ["dogs", "jump", "jumped"]),
        ("A dogma of hotdogs", {"dog"}, []),
        ("KÄTHE am Strand", {"kathe"}, ["KÄTHE"]),
        ("anything", set(), []),
    ],
)
def test_words_are_matched_whole_and_by_their_stem(
    text: str, asked: set[str], words: list[str]
) -> None:
    assert [text[start:end] for start, end in matched(text, frozenset(asked))] == words
