"""Edit lists through OpenTimelineIO: .otio, Final Cut Pro 7 XML, CMX 3600."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from indexer.errors import RequestError
from playlist.tracks import Track, counted_rate, most_common_rate, one_line

# A timecode begins again after a day.
_LONGEST_TIMECODE_MS = 24 * 3_600_000


def render_otio(tracks: Sequence[Track], title: str) -> bytes:
    """Return OpenTimelineIO's own JSON; each clip in the rate of its file.

    Raises:
        RequestError: a track is one that it cannot hold.
    """
    timeline = _timeline(tracks, title)
    timeline.metadata["made_by"] = "Scenelist"
    return _written(timeline, "otio_json").encode("utf-8", "replace")


def render_fcp_xml(tracks: Sequence[Track], title: str) -> bytes:
    """Return Final Cut Pro 7 XML, which Premiere and Resolve read; NTSC rates stay exact.

    Raises:
        RequestError: a track is one that it cannot hold.
    """
    counted = [replace(track, rate=counted_rate(track.rate)) for track in tracks]
    text = _written(_timeline(_in_a_day(counted), title), "fcp_xml")
    declaration, rest = text.split("\n", 1)
    return f"{declaration}\n<!-- Made by Scenelist -->\n{rest}".encode("utf-8", "replace")


def render_cmx(tracks: Sequence[Track], title: str) -> bytes:
    """Return a CMX 3600 edit list, in which all tracks have one rate.

    At 29.97 its times are drop-frame.

    Raises:
        RequestError: a track is one that it cannot hold.
    """
    rate = counted_rate(most_common_rate(tracks))
    same = [replace(track, rate=rate) for track in tracks]
    timeline = _timeline(_in_a_day(same), f"Scenelist: {title}".strip())
    return _written(timeline, "cmx_3600", rate=float(rate)).encode("utf-8", "replace")


def _in_a_day(tracks: Sequence[Track]) -> Sequence[Track]:
    """Return the tracks.

    Raises:
        RequestError: one of them ends where no timecode reaches.
    """
    if any(track.end_ms >= _LONGEST_TIMECODE_MS for track in tracks):
        raise RequestError("No timecode reaches beyond 24 hours: use .otio or .fcpxml.")
    return tracks


def _written(timeline: Any, adapter: str, **options: float) -> str:
    import opentimelineio as otio

    try:
        text: str = otio.adapters.write_to_string(timeline, adapter, **options)
    except (otio.exceptions.OTIOError, ValueError, OverflowError, NotImplementedError) as error:
        raise RequestError(
            f"This edit list cannot be made ({error}): use .otio, .fcpxml or .xspf."
        ) from error
    return text


def _timeline(tracks: Sequence[Track], title: str) -> Any:
    import opentimelineio as otio

    timeline = otio.schema.Timeline(name=one_line(title) or "Scenelist")
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
        media.name = one_line(track.video.path.name)
        clip = otio.schema.Clip(track.title, media, otio.opentime.TimeRange(start, length))
        verdict = track.check.facts() if track.check else {}
        clip.metadata["scenelist"] = {"text": track.text, "score": track.score, **verdict}
        line.append(clip)
    return timeline
