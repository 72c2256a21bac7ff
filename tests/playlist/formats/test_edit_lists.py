"""Edit lists at every rate, read back by another reader: right within a frame, no traceback."""

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest
from lxml import etree

from indexer.errors import RequestError
from indexer.media.thumbnails import frame_rate
from indexer.video import Video
from indexer.windows import Window
from playlist.formats.registry import FORMATS, NAMES, Format, format_for
from playlist.tracks import Track, counted_rate, track
from playlist.write_playlist import publish
from tests.media import render, steady

# Frames per second of a file → what a list with timecodes counts.
RATES = {
    "8": "24",
    "10": "30",
    "12": "24",
    "15000/1001": "30000/1001",
    "2997/200": "60",  # 14.985 and no more: no usual rate has its frames
    "15": "30",
    "20": "60",
    "24000/1001": "24000/1001",
    "24": "24",
    "25": "25",
    "55/2": "60",
    "30000/1001": "30000/1001",
    "30": "30",
    "50": "50",
    "60000/1001": "60000/1001",
    "60": "60",
    "100": "50",
    "120": "60",
    "240": "60",
}


def moment(path: str, start_ms: int, end_ms: int, duration_ms: int = 3_700_000) -> Track:
    known = Video(Path(path), "f", 1, 2, duration_ms, Window(0, duration_ms), 640, 360)
    return track(known, start_ms, end_ms, "a dog & a cat")


MOMENTS = [
    moment("/films/a b.mkv", 0, 1_001),
    moment("/films/a b.mkv", 12_043, 33_334),
    moment("/films/c.mp4", 3_599_987, 3_612_345),
]


def test_a_list_counts_in_a_rate_that_its_format_knows() -> None:
    for rate, known in RATES.items():
        assert counted_rate(Fraction(rate)) == Fraction(known), rate


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


@pytest.mark.parametrize("rate", RATES)
def test_fcpxml_is_right_within_half_a_frame_at_every_rate(rate: str) -> None:
    own = Fraction(rate)
    made = [replace(one, rate=own) for one in MOMENTS]
    root = etree.fromstring(format_for(None, "fcpxml").render(made, "q"))
    for clip, one in zip(root.iter("asset-clip"), made, strict=True):
        start = Fraction(str(clip.get("start")).removesuffix("s"))
        length = Fraction(str(clip.get("duration")).removesuffix("s"))
        assert abs(start - Fraction(one.start_ms, 1000)) <= 1 / own / 2
        assert abs(length - Fraction(one.length_ms, 1000)) <= 1 / own / 2


@pytest.mark.parametrize("known", FORMATS, ids=NAMES)
def test_a_name_that_is_not_utf8_breaks_no_format(known: Format) -> None:
    name = os.fsdecode(b"/films/caf\xe9.mkv")
    data = known.render([moment(name, 0, 2_000)], "q")
    if known.name == "vtt":  # which names a file only beside others
        assert b"a dog &amp; a cat" in data
    else:
        assert b"caf%E9.mkv" in data or b"caf\xe9.mkv" in data or b"caf?.mkv" in data


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
