"""Names of files, made from any question."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playlist.file_names import name_for


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("A dog catches a frisbee!", "a-dog-catches-a-frisbee.xspf"),
        ("Straße nach Köln", "strasse-nach-köln.xspf"),
        ("男人把瓶子放回桌上", "男人把瓶子放回桌上.xspf"),
        ("../../etc/passwd", "etc-passwd.xspf"),
        ("???", "moments.xspf"),
        ("CON", "moments-con.xspf"),
    ],
)
def test_a_query_names_a_file(query: str, name: str) -> None:
    assert name_for(query, ".xspf") == name


@given(st.text())
def test_any_query_names_a_plain_file(query: str) -> None:
    name = name_for(query, ".xspf")
    assert Path(name).name == name
    assert 5 < len(os.fsencode(name)) <= 120
    assert not name.startswith((".", "-"))
