"""One index serves other systems: mapped and relative places."""

import sys
from pathlib import Path

import pytest

from indexer.errors import RequestError
from playlist.path_mapping import Places, mappings
from playlist.tracks import track
from tests.playlist.formats.tracks_to_write import place, video


@pytest.mark.skipif(sys.platform == "win32", reason="maps POSIX paths")
@pytest.mark.parametrize(
    ("text", "uri", "file"),
    [
        ("/mnt/nas=//nas/video", "file://nas/video/a%20b/%231.mp4", "\\\\nas\\video\\a b\\#1.mp4"),
        ("/mnt/nas=Z:/", "file:///Z:/a%20b/%231.mp4", "Z:\\a b\\#1.mp4"),
        ("/mnt/nas=/Volumes/v", "file:///Volumes/v/a%20b/%231.mp4", "/Volumes/v/a b/#1.mp4"),
        ("/mnt/nas=smb://nas/v", "smb://nas/v/a%20b/%231.mp4", "smb://nas/v/a%20b/%231.mp4"),
        ("/mnt/other=Z:/", "file:///mnt/nas/a%20b/%231.mp4", "/mnt/nas/a b/#1.mp4"),
    ],
)
def test_one_index_serves_other_systems(text: str, uri: str, file: str) -> None:
    placed = place("/mnt/nas/a b/#1.mp4", text)
    assert (placed.location, placed.file) == (uri, file)


@pytest.mark.parametrize("text", ["nonsense", "/a=", "=Z:/", "/a=relative/path"])
def test_a_wrong_mapping_is_refused_in_words(text: str) -> None:
    with pytest.raises(RequestError, match="HERE=THERE"):
        mappings([text])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")
def test_relative_places_count_from_the_playlist() -> None:
    places = Places(relative_to=Path("/films/lists"))
    inside = places.placed(track(video("/films/lists/a:b #.mp4"), 0, 2_000, "x"))
    beside = places.placed(track(video("/films/x/b.mp4"), 0, 2_000, "x"))
    assert (inside.location, beside.location) == ("./a%3Ab%20%23.mp4", "../x/b.mp4")


@pytest.mark.skipif(sys.platform == "win32", reason="maps POSIX paths")
def test_of_several_mappings_the_first_that_holds_is_taken() -> None:
    text = ("/mnt/nas/new=Z:/", "/mnt/nas=Y:/", "/mnt/n=X:/")
    places = Places(mappings(text))
    made = [track(video(f"/mnt/nas/{name}"), 0, 2_000, "x") for name in ("new/a.mp4", "old/a.mp4")]
    assert [places.placed(each).file for each in made] == ["Z:\\a.mp4", "Y:\\old\\a.mp4"]
    assert all(places.mapped(each) for each in made)
    assert [mapping.there for mapping in places.unused(made)] == ["X:/"]
    assert [mapping.there for mapping in places.unused(made[1:])] == ["Z:/", "X:/"]
    elsewhere = track(video("/mnt/nasty/a.mp4"), 0, 2_000, "x")
    assert not places.mapped(elsewhere), "a folder is a whole name"
    assert places.placed(elsewhere) is elsewhere
