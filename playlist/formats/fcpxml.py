"""FCPXML, which Final Cut Pro and DaVinci Resolve read; every time an exact fraction.

Written with lxml: OpenTimelineIO's adapter leaves frameDuration empty at 23.976, 29.97 and 59.94.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lxml import etree

from playlist.tracks import Track, most_common_rate, one_line

VERSION = "1.10"


def render(tracks: Sequence[Track], title: str) -> bytes:
    """Return an FCPXML project: the tracks one after the other, cut on their files' frames."""
    root = etree.Element("fcpxml", version=VERSION)
    resources = etree.SubElement(root, "resources")
    sequence_rate = most_common_rate(tracks)
    formats: dict[tuple[Fraction, int, int], str] = {}
    assets: dict[str, str] = {}
    first = tracks[0].video
    sequence_format = _format(resources, formats, sequence_rate, first.width, first.height)
    for track in tracks:
        if track.location not in assets:
            assets[track.location] = f"a{len(assets) + 1}"
            used = _format(resources, formats, track.rate, track.video.width, track.video.height)
            _asset(resources, assets[track.location], track, used)
    event = etree.SubElement(root, "event", name="Scenelist")
    project = etree.SubElement(event, "project", name=one_line(title) or "Scenelist")
    sequence = etree.SubElement(project, "sequence", format=sequence_format, tcStart="0s")
    length = _clips(sequence, tracks, assets, sequence_rate)
    sequence.set("duration", _time(length))
    data: bytes = etree.tostring(
        root,
        xml_declaration=True,
        encoding="UTF-8",
        pretty_print=True,
        doctype="<!DOCTYPE fcpxml>\n<!-- Made by Scenelist -->",
    )
    return data


def _clips(
    sequence: etree._Element, tracks: Sequence[Track], assets: dict[str, str], rate: Fraction
) -> Fraction:
    """Put the tracks one after the other into a sequence; return how long that is, in seconds."""
    spine = etree.SubElement(sequence, "spine")
    offset = Fraction(0)
    for track in tracks:
        length = max(_frames(track.length_ms, rate), 1) / rate
        clip = etree.SubElement(
            spine,
            "asset-clip",
            ref=assets[track.location],
            name=track.title,
            offset=_time(offset),
            start=_time(_frames(track.start_ms, track.rate) / track.rate),
            duration=_time(length),
        )
        etree.SubElement(clip, "note").text = track.text
        offset += length
    return offset


def _format(
    resources: etree._Element,
    formats: dict[tuple[Fraction, int, int], str],
    rate: Fraction,
    width: int,
    height: int,
) -> str:
    """Return the id of a format, added to the resources where it is new."""
    key = (rate, width or 1920, height or 1080)
    if key not in formats:
        formats[key] = f"r{len(formats) + 1}"
        etree.SubElement(
            resources,
            "format",
            id=formats[key],
            frameDuration=_time(1 / rate),
            width=str(key[1]),
            height=str(key[2]),
        )
    return formats[key]


def _asset(resources: etree._Element, name: str, track: Track, used: str) -> None:
    whole = _frames(max(track.video.duration_ms, track.end_ms), track.rate) / track.rate
    asset = etree.SubElement(
        resources,
        "asset",
        id=name,
        name=one_line(track.video.path.stem) or name,
        start="0s",
        duration=_time(whole),
        hasVideo="1",
        format=used,
    )
    etree.SubElement(asset, "media-rep", kind="original-media", src=track.location)


def _frames(ms: int, rate: Fraction) -> int:
    return round(ms * rate / 1000)


def _time(seconds: Fraction) -> str:
    """Return a time as FCPXML writes it: a fraction of seconds."""
    if seconds.denominator == 1:
        return f"{seconds.numerator}s"
    return f"{seconds.numerator}/{seconds.denominator}s"
