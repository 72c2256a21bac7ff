"""Playlists: tracks within their files, XSPF valid whatever the words, files written whole."""

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from indexer.errors import PlaylistError
from indexer.video import Video
from indexer.windows import Window
from playlist.file_names import name_for
from playlist.formats.registry import FORMATS
from playlist.formats.xspf import render
from playlist.overwriting import Overwriting
from playlist.players import choose, play
from playlist.playlist_files import write
from playlist.tracks import Track, track
from playlist.vlc_start import start_for_vlc_ms
from playlist.write_playlist import publish
from tests.media import render as render_video
from tests.media import steady

HERE = Path(__file__).parent
SCHEMA = etree.RelaxNG(etree.parse(HERE / "xspf.rng"))


def video(path: str = "/films/a.mp4", duration_ms: int = 60_000) -> Video:
    return Video(Path(path), "f", 1, 2, duration_ms, Window(0, max(1, duration_ms)), 64, 48)


videos = st.builds(video, st.just("/films/a.mp4"), st.integers(0, 10**8))


@given(videos, st.integers(0, 10**8), st.integers(1, 10**6), st.integers(0, 10**5))
def test_tracks_lie_within_their_file(known: Video, start: int, length: int, pad: int) -> None:
    made = track(known, start, start + length, "words", pad)
    assert 0 <= made.start_ms < made.end_ms
    if known.duration_ms and start < known.duration_ms:
        assert made.end_ms <= known.duration_ms
        assert made.end_ms - made.start_ms >= min(1_000, known.duration_ms)
        assert made.start_ms <= start


def test_padding_grows_both_ends() -> None:
    made = track(video(), 10_000, 20_000, "x", 2_500)
    assert (made.start_ms, made.end_ms) == (7_500, 22_500)


hostile = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["]]>", "<b>&amp;</b>", "\x00\x1b[31m", "a\u2028b", "\ud800", "\ufffe", "  ", "--> <!--"]
)


@given(st.lists(hostile, min_size=1, max_size=4), hostile)
def test_xspf_is_valid_whatever_the_words(texts: list[str], title: str) -> None:
    tracks = [track(video(), 1_000 * i, 1_000 * i + 900, text) for i, text in enumerate(texts)]
    root = etree.fromstring(render(tracks, title))
    SCHEMA.assertValid(root)
    assert len(root.findall(".//{*}track")) == len(texts)
    for element in root.iter():
        assert element.text is None or "\n" not in element.text.strip("\n ")


@pytest.mark.skipif(sys.platform == "win32", reason="not a Windows path")
@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_any_path_becomes_a_uri(name: str) -> None:
    made = Track(video(f"/films/{name}"), 0, 1_000, "t", "x")
    root = etree.fromstring(render([made], "q"))
    SCHEMA.assertValid(root)


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


def test_missing_files_are_left_out_and_counted(tmp_path: Path) -> None:
    here = render_video(tmp_path / "here.mkv", steady(2))
    tracks = [track(video(str(p)), 0, 1_000, "x") for p in (here, tmp_path / "gone.mkv")]
    published = publish(tracks, "q", None, FORMATS[0])
    assert published.missing == 1
    assert published.data.count(b"<track>") == 1
    assert publish(tracks[1:], "q", tmp_path / "list.xspf", FORMATS[0]).data == b""
    assert not (tmp_path / "list.xspf").exists()


def test_streams_start_at_the_keyframe_before(tmp_path: Path) -> None:
    stream = render_video(tmp_path / "a.ts", steady(8), gop=50)
    assert 3_800 <= start_for_vlc_ms(stream, 5_000) < 4_000
    assert start_for_vlc_ms(stream, 500) == 0
    plain = render_video(tmp_path / "a.mkv", steady(8), gop=50)
    assert start_for_vlc_ms(plain, 5_000) == 5_000


def test_a_machine_without_a_player_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlaylistError, match="vlc was not found"):
        play(tmp_path / "list.xspf", find=lambda name: None)
    with pytest.raises(PlaylistError, match=r"^Neither VLC nor mpv was found on this machine: "):
        choose(find=lambda name: None)
    assert choose(find=lambda name: Path(name) if name == "mpv" else None) == "mpv"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script")
def test_the_player_is_given_the_playlist(tmp_path: Path) -> None:
    script, heard = tmp_path / "vlc", tmp_path / "heard"
    script.write_text(f'#!/bin/sh\necho "$1" > "{heard}.part"\nmv "{heard}.part" "{heard}"\n')
    script.chmod(0o755)
    play(tmp_path / "my list.xspf", find=lambda name: script)
    for _ in range(200):
        if heard.exists():
            break
        time.sleep(0.05)
    assert heard.read_text().strip().endswith("my%20list.xspf")
