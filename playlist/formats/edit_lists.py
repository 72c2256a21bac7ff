"""Edit lists through OpenTimelineIO: .otio, Final Cut Pro 7 XML, CMX 3600."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from indexer.errors import RequestError
from playlist.tracks import Track, most_common_rate


def render_otio(tracks: Sequence[Track], title: str) -> bytes:
    """Return OpenTimelineIO's own JSON; each clip in the rate of its file."""
    return _written(tracks, title, "otio_json")


def render_fcp_xml(tracks: Sequence[Track], title: str) -> bytes:
    """Return Final Cut Pro 7 XML, which Premiere and Resolve read; NTSC rates stay exact."""
    return _written(tracks, title, "fcp_xml")


def render_cmx(tracks: Sequence[Track], title: str) -> bytes:
    """Return a CMX 3600 edit list, in which all tracks have one rate.

    At 29.97 its times are drop-frame.

    Raises:
        RequestError: the rate is one that a CMX 3600 list cannot hold.
    """
    import opentimelineio as otio

    rate = most_common_rate(tracks)
    same = [replace(track, rate=rate) for track in tracks]
    try:
        text: str = otio.adapters.write_to_string(
            _timeline(same, title), "cmx_3600", rate=float(rate)
        )
    except (otio.exceptions.OTIOError, ValueError, NotImplementedError) as error:
        raise RequestError(
            f"A CMX 3600 list cannot be made at {float(rate):.3f} frames a second ({error}):"
            " use .xml or .fcpxml."
        ) from error
    return text.encode("utf-8", "replace")


def _written(tracks: Sequence[Track], title: str, adapter: str) -> bytes:
    import opentimelineio as otio

    text: str = otio.adapters.write_to_string(_timeline(tracks, title), adapter)
    return text.encode("utf-8", "replace")


def _timeline(tracks: Sequence[Track], title: str) -> Any:
    import opentimelineio as otio

    timeline = otio.schema.Timeline(name=title or "Scenelist")
    line = otio.schema.Track(name="moments", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(line)
    for track in tracks:
        rate = float(track.rate)

        def at(ms: int, rate: float = rate) -> Any:
            return otio.opentime.RationalTime(round(ms * rate / 1000), rate)

        start = at(track.start_ms)
        length = max(at(track.end_ms) - start, otio.opentime.RationalTime(1, rate))
        whole = at(max(track.video.duration_ms, track.end_ms))
        media = otio.schema.ExternalReference(
            track.location,
            otio.opentime.TimeRange(otio.opentime.RationalTime(0, rate), whole),
        )
        media.name = track.video.path.name
        clip = otio.schema.Clip(track.title, media, otio.opentime.TimeRange(start, length))
        clip.metadata["scenelist"] = {"text": track.text, "score": track.score}
        line.append(clip)
    return timeline
