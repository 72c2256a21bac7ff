"""The formats a playlist can be written in: a registry of names, suffixes and renderers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from indexer.errors import RequestError
from playlist.tracks import Track, one_line

Render = Callable[[Sequence[Track], str], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """An output format: its name, the suffix it is chosen by, and where its renderer is.

    The renderer takes the tracks, at least one, and the playlist's title and returns the file's
    bytes. `for_vlc` formats get start times as VLC needs them; `by_suffix` ones are chosen by
    their suffix alone, others only by name; `cut_on_frames` ones need each file's frame rate, and
    `one_rate` ones count every clip in one.
    """

    name: str
    suffix: str
    target: str
    for_vlc: bool = False
    by_suffix: bool = True
    cut_on_frames: bool = False
    one_rate: bool = False

    def render(self, tracks: Sequence[Track], title: str) -> bytes:
        """Return the bytes of a playlist of `tracks` in this format."""
        module, _, attribute = self.target.partition(":")
        render = cast(Render, getattr(import_module(module), attribute))
        return render(tracks, one_line(title))


# A new format is one file and one line here; the first is the default.
FORMATS = (
    Format("xspf", ".xspf", "playlist.formats.xspf:render", for_vlc=True),
    Format(
        "xspf-tree", ".xspf", "playlist.formats.xspf:render_tree", for_vlc=True, by_suffix=False
    ),
    Format("m3u8", ".m3u8", "playlist.formats.m3u:render", for_vlc=True),
    Format("mpv-m3u", ".m3u", "playlist.formats.m3u:render_for_mpv", by_suffix=False),
    Format("mpv-edl", ".edl", "playlist.formats.mpv:render"),
    Format("json", ".json", "playlist.formats.data:render_json"),
    Format("jsonl", ".jsonl", "playlist.formats.data:render_lines"),
    Format("csv", ".csv", "playlist.formats.data:render_csv"),
    Format("vtt", ".vtt", "playlist.formats.webvtt:render"),
    Format("otio", ".otio", "playlist.formats.edit_lists:render_otio", cut_on_frames=True),
    Format("fcp-xml", ".xml", "playlist.formats.edit_lists:render_fcp_xml", cut_on_frames=True),
    Format("fcpxml", ".fcpxml", "playlist.formats.fcpxml:render", cut_on_frames=True),
    Format(
        "cmx3600",
        ".edl",
        "playlist.formats.edit_lists:render_cmx",
        by_suffix=False,
        cut_on_frames=True,
        one_rate=True,
    ),
    Format("html", ".html", "playlist.formats.contact_sheet:render"),
)
NAMES = tuple(known.name for known in FORMATS)


def format_for(path: Path | None, name: str | None = None) -> Format:
    """Return the format called `name`, else the one that a file's suffix asks for.

    Raises:
        RequestError: no format has that name or suffix; the sentence lists those there are.
    """
    for known in FORMATS:
        if known.name == name:
            return known
    if name is not None:
        raise RequestError(f"There is no format {name!r}: use one of {', '.join(NAMES)}.")
    if path is None or not path.suffix:
        return FORMATS[0]
    for known in FORMATS:
        if known.by_suffix and path.suffix.lower() == known.suffix:
            return known
    suffixes = ", ".join(known.suffix for known in FORMATS if known.by_suffix)
    raise RequestError(f"No playlist format ends in {path.suffix}: use one of {suffixes}.")
