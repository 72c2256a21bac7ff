"""Files written whole or not at all."""

from pathlib import Path

import pytest

from indexer.errors import PlaylistError
from playlist.overwriting import Overwriting
from playlist.playlist_files import write


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
