"""Playlists' names, and files written whole."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import PlaylistError
from playlist.overwriting import Overwriting
from playlist.playlist_files import name_for, write


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


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "list.xspf"
    write(path, b"one")
    path.chmod(0o640)
    write(path, b"two", Overwriting(force=True))
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlaylistError, match="cannot be written"):
        write(tmp_path / "missing" / "list.xspf", b"x")
    (tmp_path / "folder.xspf").mkdir()
    with pytest.raises(PlaylistError, match="cannot be written"):
        write(tmp_path / "folder.xspf", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder.xspf"]
