"""Videos kept out of answers: any name comes back, and a damaged list is one sentence."""

from pathlib import Path

import pytest

from indexer.errors import LibraryError
from search.catalogue.hidden_videos import Hidden


def test_what_is_put_comes_back_and_nothing_else(tmp_path: Path) -> None:
    hidden = Hidden(tmp_path)
    assert (hidden.paths(), hidden.mark()) == (frozenset(), (0, 0))
    first = frozenset({Path("/v/a.mkv"), Path("/v/é \udcff.mkv")})
    hidden.put(first)
    assert Hidden(tmp_path).paths() == first
    seen = hidden.mark()
    hidden.put([Path("/v/b.mkv")])
    assert hidden.paths() == {Path("/v/b.mkv")}
    assert hidden.mark() != seen
    assert [path.name for path in tmp_path.iterdir()] == ["hidden.json"]


@pytest.mark.parametrize("text", ["", "{", "3", "[3]", '["/v/a.mkv", null]'])
def test_a_damaged_list_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "hidden.json").write_text(text)
    with pytest.raises(LibraryError, match="is damaged: delete it"):
        Hidden(tmp_path).paths()


def test_a_list_that_cannot_be_read_or_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "hidden.json").mkdir()
    with pytest.raises(LibraryError, match="cannot be read"):
        Hidden(tmp_path).paths()
    with pytest.raises(LibraryError, match="cannot be written"):
        Hidden(tmp_path).put([])
