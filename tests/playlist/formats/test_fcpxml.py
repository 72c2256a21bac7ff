"""FCPXML: exact at every rate, and read by another program."""

from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pytest
from lxml import etree

from playlist.formats.registry import format_for
from tests.playlist.formats.rates import MOMENTS, RATES
from tests.playlist.formats.tracks_to_write import TRACKS

NTSC = Fraction(30_000, 1_001)


def seconds(text: str | None) -> Fraction:
    assert text is not None
    return Fraction(text.removesuffix("s"))


@pytest.mark.parametrize("rate", [Fraction(25), NTSC, Fraction(60_000, 1_001)])
def test_fcpxml_is_exact(rate: Fraction) -> None:
    """Times are whole frames, clips follow each other without a gap, references resolve."""
    made = [replace(one, rate=rate) for one in TRACKS]
    root = etree.fromstring(format_for(None, "fcpxml").render(made, "q"))
    formats = {node.get("id"): seconds(node.get("frameDuration")) for node in root.iter("format")}
    assert set(formats.values()) == {1 / rate}
    assets = {node.get("id"): node for node in root.iter("asset")}
    place = Fraction(0)
    for clip, one in zip(root.iter("asset-clip"), made, strict=True):
        asset = assets[clip.get("ref")]
        assert asset[0].get("src") == one.location
        assert seconds(clip.get("offset")) == place
        for name in ("offset", "start", "duration"):
            assert (seconds(clip.get(name)) * rate).denominator == 1
        assert abs(seconds(clip.get("start")) - Fraction(one.start_ms, 1000)) <= 1 / rate
        assert seconds(clip.get("start")) + seconds(clip.get("duration")) <= (
            seconds(asset.get("duration")) + 1 / rate
        )
        place += seconds(clip.get("duration"))
    sequence = root.find(".//sequence")
    assert sequence is not None
    assert seconds(sequence.get("duration")) == place


def test_another_program_reads_the_fcpxml() -> None:
    """OpenTimelineIO's own reader, at a rate that it can count in."""
    pytest.importorskip("otio_fcpx_xml_adapter")
    text = format_for(None, "fcpxml").render(TRACKS, "q").decode()
    clips = list(otio.adapters.read_from_string(text, "fcpx_xml")[0].find_clips())
    for clip, one in zip(clips, TRACKS, strict=True):
        assert clip.name == one.title
        assert abs(clip.source_range.duration.to_seconds() - one.length_ms / 1000) <= 1 / 25


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
