"""A recipe's key changes with all that would change the words, and with nothing else."""

from dataclasses import replace

import pytest

from indexer.recipe import Recipe

USUAL = Recipe("256m", "abc", "What is seen?", 8, 10_000, 10_000, 64, "1.0")


def test_the_key_is_that_of_libraries_there_are() -> None:
    """Another one would have everybody's videos described anew."""
    assert USUAL.key == "2e8807a6d282c50e"
    assert replace(USUAL, sampling="keyframes", skip_still=True).key == "045a5b1b6e43fcd1"


@pytest.mark.parametrize(
    "change",
    [
        {"model": "500m"},
        {"revision": "abd"},
        {"prompt": "What is seen? "},
        {"frames": 9},
        {"window_ms": 10_001},
        {"stride_ms": 9_999},
        {"max_new_tokens": 65},
        {"sampling": "keyframes"},
        {"skip_still": True},
    ],
)
def test_what_would_change_the_words_changes_the_key(change: dict[str, object]) -> None:
    assert replace(USUAL, **change).key != USUAL.key  # type: ignore[arg-type]  # names and values


def test_the_version_that_wrote_the_words_is_no_change() -> None:
    assert replace(USUAL, version="2.0").key == USUAL.key


def test_a_stride_beyond_the_window_leaves_something_out() -> None:
    assert [replace(USUAL, stride_ms=stride).leaves_out for stride in (5_000, 10_000, 10_001)] == [
        False,
        False,
        True,
    ]
