"""Edit lists at every rate, read back by another reader: right within a frame, no traceback."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest

from indexer.errors import RequestError
from indexer.media.thumbnails import frame_rate
from playlist.formats.registry import format_for
from playlist.tracks import track
from playlist.write_playlist import publish
from tests.media import render, steady
from tests.playlist.formats.rates import MOMENTS, RATES, moment
from tests.playlist.formats.tracks_to_write import TRACKS, video

NTSC = Fraction(30_000, 1_001)


@pytest.mark.parametrize("rate", [Fraction(25), NTSC, Fraction(24_000, 1_001)])
@pytest.mark.parametrize(
    ("name", "adapter"), [("otio", "otio_json"), ("fcp-xml", "fcp_xml"), ("cmx3600", "cmx_3600")]
)
def test_opentimelineio_reads_the_edit_lists(name: str, adapter: str, rate: Fraction) -> None:
    """Every clip keeps its file and its times to the frame, at NTSC rates too."""
    made = [replace(one, rate=rate) for one in TRACKS]
    text = format_for(None, name).render(made, "q").decode()
    options = {"rate": float(rate)} if adapter == "cmx_3600" else {}
    timeline = otio.adapters.read_from_string(text, adapter, **options)
    clips = list(timeline.find_clips())
    for clip, one in zip(clips, made, strict=True):
        if name != "cmx3600":  # which shortens them
            assert clip.name == one.title
        assert clip.media_reference.target_url == one.location
        assert abs(clip.source_range.start_time.to_seconds() - one.start_ms / 1000) <= 1 / rate
        assert abs(clip.source_range.duration.to_seconds() - one.length_ms / 1000) <= 1 / rate


def test_a_list_of_one_rate_says_which_clips_do_not_fit(tmp_path: Path) -> None:
    steady_one = render(tmp_path / "a.mkv", steady(4))
    ntsc_one = render(tmp_path / "b.mp4", [round(i * 1001 / 30) for i in range(90)])
    made = [track(video(str(p), 3_000), 0, 2_000, "x") for p in (steady_one, steady_one, ntsc_one)]
    known = format_for(None, "cmx3600")
    assert publish(made, "q", None, known).recounted == 1
    assert publish(made, "q", None, known, rate=NTSC).recounted == 2
    assert b"00:00:02;00" in publish(made, "q", None, known, rate=NTSC).data
    assert publish(made, "q", None, format_for(None, "otio")).recounted == 0


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("name", "adapter"), [("otio", "otio_json"), ("fcp-xml", "fcp_xml"), ("cmx3600", "cmx_3600")]
)
def test_times_are_right_within_a_frame_at_every_rate(name: str, adapter: str, rate: str) -> None:
    """As the reader of another project counts them: from start, length and rate of each clip."""
    own = Fraction(rate)
    used = own if name == "otio" else Fraction(RATES[rate])
    made = [replace(one, rate=own) for one in MOMENTS]
    text = format_for(None, name).render(made, "q").decode()
    options = {"rate": float(used)} if name == "cmx3600" else {}
    clips = list(otio.adapters.read_from_string(text, adapter, **options).find_clips())
    assert len(clips) == len(made)
    frame_s = float(1 / min(own, used))
    for clip, one in zip(clips, made, strict=True):
        span = clip.source_range
        assert abs(span.start_time.to_seconds() - one.start_ms / 1000) <= frame_s / 2 + 1e-6
        end_s = span.start_time.to_seconds() + span.duration.to_seconds()
        assert abs(end_s - one.end_ms / 1000) <= frame_s
        assert clip.media_reference.target_url == one.location
        if name != "cmx3600":  # which says nothing of its rate
            assert span.start_time.rate == pytest.approx(float(used))


@pytest.mark.parametrize("name", ["fcp-xml", "cmx3600"])
def test_a_moment_that_no_timecode_reaches_costs_only_itself(tmp_path: Path, name: str) -> None:
    path = str(render(tmp_path / "a.mkv", steady(4)))
    late = moment(path, 90_000_000, 90_010_000, 91_000_000)  # 25 hours in
    made = [moment(path, 0, 2_000), late]
    published = publish(made, "q", tmp_path / "list", format_for(None, name))
    assert published.unheld == 1
    assert (tmp_path / "list").read_bytes() == published.data
    assert publish(made, "q", None, format_for(None, "otio")).unheld == 0
    with pytest.raises(RequestError, match="24 hours"):
        publish([late], "q", tmp_path / "none", format_for(None, name))
    assert not (tmp_path / "none").exists()


def test_a_list_that_does_not_say_its_rate_lets_it_be_told(tmp_path: Path) -> None:
    path = str(tmp_path / "a.mp4")
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(15_000, 1_001))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(45):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert frame_rate(Path(path)) == Fraction(15_000, 1_001)
    published = publish([moment(path, 0, 2_000)], "q", None, format_for(None, "cmx3600"))
    assert published.rate == Fraction(30_000, 1_001)
    assert published.recounted == 0, "every frame begins on a count"
