"""Real mpv plays exactly the moments."""

import os
import shutil
import subprocess
from pathlib import Path

import av
import pytest

from playlist.formats.registry import format_for
from playlist.tracks import track
from playlist.write_playlist import publish
from tests.indexer.media.shown_frames import luma
from tests.media import read_barcode, render, steady
from tests.playlist.formats.tracks_to_write import video


@pytest.mark.parametrize("name", ["mpv-edl", "mpv-m3u"])
def test_mpv_plays_exactly_the_moments(tmp_path: Path, name: str) -> None:
    """Real mpv writes what it plays to a file; the barcodes say which frames those were."""
    if shutil.which("mpv") is None:
        if os.environ.get("SCENELIST_REQUIRE_VLC"):
            pytest.fail("mpv is not installed, and these tests must run")
        pytest.skip("mpv is not installed")
    path = render(tmp_path / "a, b=c; %5% 日本.mkv", steady(16), 3, gop=125)
    known = format_for(None, name)
    moments = [(3_200, 4_720), (12_040, 13_320)]
    made = [track(video(str(path), 16_000), *moment, "x, =%y%") for moment in moments]
    playlist, out = tmp_path / f"list{known.suffix}", tmp_path / "out.mkv"
    publish(made, "q", playlist, known)
    subprocess.run(
        ["mpv", "--no-config", "--no-audio", str(playlist), f"--o={out}", "--ovc=ffv1"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with av.open(str(out)) as container:
        shown = [
            read_barcode(luma(frame.to_ndarray(format="rgb24")))[0]
            for frame in container.decode(video=0)
        ]
    assert shown == [i for start, end in moments for i in range(start // 40, end // 40)]
