"""References: @NAME stands for what is saved, at any depth, and never for itself."""

import pytest

from indexer.errors import RequestError
from search.query.references import LONGEST, expanded, names_in, renamed

SAVED = {
    "base": "a blue ring",
    "comb": "@base",
    "deep": "@comb in:x; @base ^2",
    "self": "again @self",
    "a": "@b",
    "b": "a dog; @a",
    "quoted": '"@base" said',
}


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        ("@comb", "a blue ring"),
        ("@deep after:2024", "a blue ring in:x; a blue ring ^2 after:2024"),
        ("@comb; @comb", "a blue ring; a blue ring"),
        ("@quoted", '"@base" said'),
        ("like:rex.mp4@12:30 @comb", "like:rex.mp4@12:30 a blue ring"),
    ],
)
def test_expansion_is_whole(query: str, whole: str) -> None:
    assert expanded(query, SAVED) == whole


@pytest.mark.parametrize(("query", "circle"), [("@self", "@self → @self"), ("@a", "@a → @b → @a")])
def test_what_refers_to_itself_is_told(query: str, circle: str) -> None:
    with pytest.raises(RequestError, match="refers to itself") as told:
        expanded(query, SAVED)
    assert circle in str(told.value)


def test_a_few_names_do_not_make_a_question_without_end() -> None:
    saved = {f"n{i}": f"@n{i + 1} @n{i + 1}" for i in range(60)} | {"n60": "a dog"}
    with pytest.raises(RequestError, match=f"{LONGEST:,}"):
        expanded("@n0", saved)


def test_names_are_listed_and_changed_where_they_refer() -> None:
    query = '@cat "@cat" like:x@cat ; @cats @cat'
    assert names_in(query) == {"cat", "cats"}
    assert renamed(query, "cat", "dog") == '@dog "@cat" like:x@cat ; @cats @dog'
