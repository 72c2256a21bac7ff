"""Where VLC has to start to show a moment from its start."""

from pathlib import Path

from playlist.vlc_start import start_for_vlc_ms
from tests.media import render as render_video
from tests.media import steady


def test_streams_start_at_the_keyframe_before(tmp_path: Path) -> None:
    stream = render_video(tmp_path / "a.ts", steady(8), gop=50)
    assert 3_800 <= start_for_vlc_ms(stream, 5_000) < 4_000
    assert start_for_vlc_ms(stream, 500) == 0
    plain = render_video(tmp_path / "a.mkv", steady(8), gop=50)
    assert start_for_vlc_ms(plain, 5_000) == 5_000


def test_where_vlc_shows_pictures_early_it_starts_later_but_not_at_the_beginning() -> None:
    assert start_for_vlc_ms(Path("there is none.MP4"), 5_000) == 5_060
    assert start_for_vlc_ms(Path("there is none.mp4"), 0) == 0
    assert start_for_vlc_ms(Path("there is none.webm"), 5_000) == 5_000


def test_a_stream_that_cannot_be_read_starts_as_asked(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_bytes(b"no video")
    assert start_for_vlc_ms(tmp_path / "a.ts", 5_000) == 5_000
