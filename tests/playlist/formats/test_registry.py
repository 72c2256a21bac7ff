"""Every format: as it was (golden), whatever the words and names, known again as ours."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import RequestError
from playlist.formats.registry import FORMATS, NAMES, Format, format_for
from playlist.path_mapping import Places, mappings
from playlist.tracks import track
from playlist.write_playlist import publish
from tests.playlist.formats.rates import moment
from tests.playlist.formats.tracks_to_write import TRACKS, video

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.skipif(sys.platform == "win32", reason="the golden files have POSIX paths")
@pytest.mark.parametrize("known", FORMATS, ids=NAMES)
def test_the_bytes_are_as_they_were(known: Format) -> None:
    data = known.render(TRACKS, "dogs & cats")
    golden = GOLDEN / f"{known.name}{known.suffix}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(data)
    assert data == golden.read_bytes()


@pytest.mark.parametrize("known", FORMATS, ids=NAMES)
@given(text=st.text(st.characters(), max_size=40), title=st.text(st.characters(), max_size=20))
def test_no_words_break_a_format(known: Format, text: str, title: str) -> None:
    made = [track(video("/films/a.mkv"), 1_000, 3_000, text)]
    data = known.render(made, title)
    assert data
    data.decode("utf-8")


def test_names_and_suffixes_choose_a_format() -> None:
    assert len(set(NAMES)) == len(NAMES)
    by_suffix = [known.suffix for known in FORMATS if known.by_suffix]
    assert len(set(by_suffix)) == len(by_suffix)
    with pytest.raises(RequestError, match=r"\.docx: use one of \.xspf, .*\.mp4, \.mkv, \.mov\.$"):
        format_for(Path("x.docx"))
    for known in FORMATS:
        assert format_for(None, known.name) is known
    assert format_for(Path("x.edl")).name == "mpv-edl"
    assert format_for(Path("x.edl"), "cmx3600").name == "cmx3600"
    with pytest.raises(RequestError, match="no format"):
        format_for(None, "docx")


def test_mapped_files_need_not_be_here(tmp_path: Path) -> None:
    made = [track(video("/mnt/nas/a.mp4"), 0, 2_000, "x")]
    assert publish(made, "q", None, FORMATS[0]).missing == 1
    mapped = publish(made, "q", None, FORMATS[0], Places(mappings(["/mnt/nas=Z:/"])))
    assert mapped.missing == 0
    assert b"file:///Z:/a.mp4" in mapped.data


@pytest.mark.parametrize("known", FORMATS, ids=NAMES)
def test_a_name_that_is_not_utf8_breaks_no_format(known: Format) -> None:
    name = os.fsdecode(b"/films/caf\xe9.mkv")
    data = known.render([moment(name, 0, 2_000)], "q")
    if known.name == "vtt":  # which names a file only beside others
        assert b"a dog &amp; a cat" in data
    else:
        assert b"caf%E9.mkv" in data or b"caf\xe9.mkv" in data or b"caf?.mkv" in data
