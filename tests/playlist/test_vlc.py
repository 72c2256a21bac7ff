"""Playlists played in real VLC: each track starts and stops at its moment, in every container."""

from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from indexer.decoding.supervisor import DecodeWorker
from indexer.video import Video
from indexer.windows import Window
from playlist.formats.registry import FORMATS, Format
from playlist.tracks import track
from playlist.write_playlist import publish
from tests.indexer.media.shown_frames import luma
from tests.media import read_barcode, render, steady
from tests.vlc import Shown, play, require_vlc

pytestmark = pytest.mark.vlc

FIRST_S, LAST_S = 0.15, 0.40
MOMENTS_MS = [(3_200, 4_700), (12_040, 13_300), (0, 1_200)]
NAMES = [
    "plain/clip.mp4",
    "with space/100% #1 & co? it's.mkv",
    "Jürgen/ñ日本 +x;y.webm",
    "plain/old film.avi",
]


def probe(path: Path) -> Video:
    with DecodeWorker() as worker:
        return worker.probe(path)


PLAYED = [known for known in FORMATS if known.for_vlc]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Shown]]:
    """Play the moments in each format, all at once: it takes VLC as long as they last."""
    require_vlc()
    folder = tmp_path_factory.mktemp("played")
    tracks = []
    for file, name in enumerate(NAMES, 1):
        video = probe(render(folder / name, steady(16), file, gop=125))
        tracks += [track(video, *moment, f"<b> & ]]> {name}") for moment in MOMENTS_MS]
    playing: dict[str, Future[list[Shown]]] = {}
    with ThreadPoolExecutor(len(PLAYED)) as players:
        for known in PLAYED:
            path = folder / known.name / f"list{known.suffix}"
            path.parent.mkdir()
            publish(tracks, 'what "happens" <here> & there', path, known)
            playing[known.name] = players.submit(play, path, path.parent)
    return {name: shown.result() for name, shown in playing.items()}


@pytest.mark.parametrize("known", PLAYED, ids=lambda known: known.name)
def test_moments_play_in_every_container(played: dict[str, list[Shown]], known: Format) -> None:
    shown = drop_repeats(played[known.name])
    assert [one.file for one in shown] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    for one, (start_ms, end_ms) in zip(shown, MOMENTS_MS * len(NAMES), strict=True):
        assert abs(one.first / 25 - start_ms / 1000) <= FIRST_S, one
        assert -FIRST_S <= one.last / 25 - end_ms / 1000 <= LAST_S, one


LATE_MS = 1_520


@pytest.mark.parametrize("suffix", [".mkv", ".webm", ".mov", ".flv"])
def test_a_picture_that_starts_late_is_on_vlcs_clock(tmp_path: Path, suffix: str) -> None:
    """The moment of a frame by our reckoning is where VLC shows that frame."""
    require_vlc()
    path = render(tmp_path / f"late{suffix}", [LATE_MS + t for t in steady(10)], 4, gop=50)
    video = probe(path)
    frame = 100
    with DecodeWorker() as worker:
        worker.probe(path)
        wanted_ms = video.span.start_ms + frame * 40
        window = Window(wanted_ms, wanted_ms + 1_500)
        (clip,) = worker.clips([window], 1, 320)
    seen, _ = read_barcode(luma(clip.frames[0]))
    assert seen == frame + (750 // 40)
    playlist = tmp_path / "list.xspf"
    publish([track(video, window.start_ms, window.end_ms, "x")], "x", playlist, FORMATS[0])
    (shown,) = drop_repeats(play(playlist, tmp_path))
    assert abs(shown.first - frame) / 25 <= FIRST_S, shown


def test_a_moment_of_a_transport_stream_is_shown_from_its_start(tmp_path: Path) -> None:
    """VLC starts at a keyframe there: the one before the moment, not the one after."""
    require_vlc()
    video = probe(render(tmp_path / "recording.ts", steady(16), 7, gop=50))
    moments = [(5_000, 7_000), (11_400, 13_000)]
    path = tmp_path / "list.xspf"
    publish([track(video, *moment, "x") for moment in moments], "x", path, FORMATS[0])
    shown = drop_repeats(play(path, tmp_path))
    assert [one.file for one in shown] == [7, 7]
    for one, (start_ms, end_ms) in zip(shown, moments, strict=True):
        assert start_ms / 1000 - 2.2 <= one.first / 25 <= start_ms / 1000 + FIRST_S, one
        assert one.last / 25 >= end_ms / 1000 - FIRST_S, one


def drop_repeats(shown: list[Shown]) -> list[Shown]:
    """Leave out a track's last picture shown once more before the next track begins."""
    return [
        one
        for before, one in pairwise([Shown(-1, -1, -1), *shown])
        if not (one.first == one.last and one.file == before.file and one.first <= before.last)
    ]
