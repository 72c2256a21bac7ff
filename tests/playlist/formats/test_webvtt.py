"""Chapters as FFmpeg reads them."""

from pathlib import Path

import av

from playlist.formats.registry import format_for
from tests.playlist.formats.tracks_to_write import TRACKS


def test_ffmpeg_reads_the_chapters(tmp_path: Path) -> None:
    path = tmp_path / "chapters.vtt"
    path.write_bytes(format_for(path).render(TRACKS, "q"))
    with av.open(str(path)) as container:
        packets = [p for p in container.demux() if p.size]
    starts = [int(p.pts * p.time_base * 1000) for p in packets]
    assert starts == sorted(made.start_ms for made in TRACKS)
