"""The formats a playlist can be written in: a registry of names, suffixes and renderers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from indexer.errors import RequestError
from playlist.tracks import Track, one_line

# What joined films can be written as; these are no playlists, but chosen by suffix all the same.
FILM_SUFFIXES = (".mp4", ".mkv", ".mov")
Render = Callable[[Sequence[Track], str], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """An output format: its name, the suffix it is chosen by, and where its renderer is.

    The renderer takes the tracks, at least one, and the playlist's title and returns the file's
    bytes. `for_vlc` formats get start times as VLC needs them; `by_suffix` ones are chosen by
    their suffix alone, others only by name; `cut_on_frames` ones need each file's frame rate, and
    `one_rate` ones count every clip in one; those that are `data` hold moments whose files are not
    here, since they play nothing. `head` is how a file begins that Scenelist wrote in this format,
    and no other program would: by that it is known again.
    """

    name: str
    suffix: str
    target: str
    head: bytes
    for_vlc: bool = False
    by_suffix: bool = True
    cut_on_frames: bool = False
    one_rate: bool = False
    data: bool = False

    def render(self, tracks: Sequence[Track], title: str) -> bytes:
        """Return the bytes of a playlist of `tracks` in this format."""
        module, _, attribute = self.target.partition(":")
        render = cast(Render, getattr(import_module(module), attribute))
        return render(tracks, one_line(title))


_XML = b"<?xml version='1.0' encoding='UTF-8'?>\n"
_XSPF = (
    _XML + b'<playlist xmlns="http://xspf.org/ns/0/"'
    b' xmlns:vlc="http://www.videolan.org/vlc/playlist/ns/0/" version="1">\n'
    b"  <creator>Scenelist</creator>\n"
)
_M3U = b"#EXTM3U\n# Made by Scenelist\n"
# The line of names is all that a table has to be known by.
_CSV = b"video,start,end,score,confidence,text,transcript"
_OTIO = b"""{
    "OTIO_SCHEMA": "Timeline.1",
    "metadata": {
        "made_by": "Scenelist"
    },
"""
_HTML = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="generator" content="Scenelist">
"""
# A new format is one file and one line here; the first is the default.
FORMATS = (
    Format("xspf", ".xspf", "playlist.formats.xspf:render", _XSPF, for_vlc=True),
    Format(
        "xspf-tree",
        ".xspf",
        "playlist.formats.xspf:render_tree",
        _XSPF,
        for_vlc=True,
        by_suffix=False,
    ),
    Format("m3u8", ".m3u8", "playlist.formats.m3u:render", _M3U, for_vlc=True),
    Format("mpv-m3u", ".m3u", "playlist.formats.m3u:render_for_mpv", _M3U, by_suffix=False),
    Format(
        "mpv-edl", ".edl", "playlist.formats.mpv:render", b"# mpv EDL v0\n# Made by Scenelist\n"
    ),
    Format(
        "json",
        ".json",
        "playlist.formats.data:render_json",
        b'{\n  "made_by": "Scenelist",\n',
        data=True,
    ),
    Format(
        "jsonl",
        ".jsonl",
        "playlist.formats.data:render_lines",
        b'{"made_by": "Scenelist", ',
        data=True,
    ),
    Format("csv", ".csv", "playlist.formats.data:render_csv", _CSV, data=True),
    Format(
        "vtt",
        ".vtt",
        "playlist.formats.webvtt:render",
        b"WEBVTT\n\nNOTE Made by Scenelist\n",
        data=True,
    ),
    Format("otio", ".otio", "playlist.formats.edit_lists:render_otio", _OTIO, cut_on_frames=True),
    Format(
        "fcp-xml",
        ".xml",
        "playlist.formats.edit_lists:render_fcp_xml",
        b'<?xml version="1.0" ?>\n<!-- Made by Scenelist -->\n',
        cut_on_frames=True,
    ),
    Format(
        "fcpxml",
        ".fcpxml",
        "playlist.formats.fcpxml:render",
        _XML + b"<!DOCTYPE fcpxml>\n<!-- Made by Scenelist -->\n",
        cut_on_frames=True,
    ),
    Format(
        "cmx3600",
        ".edl",
        "playlist.formats.edit_lists:render_cmx",
        b"TITLE: Scenelist:",
        by_suffix=False,
        cut_on_frames=True,
        one_rate=True,
    ),
    Format("html", ".html", "playlist.formats.contact_sheet:render", _HTML),
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
    if path.suffix.lower() in FILM_SUFFIXES:
        raise RequestError(
            f"{path} would be a film, and no playlist: use one of {', '.join(suffixes())}."
        )
    listed = ", ".join([*suffixes(), *FILM_SUFFIXES])
    raise RequestError(f"Nothing that can be written ends in {path.suffix}: use one of {listed}.")


def suffixes() -> tuple[str, ...]:
    """Return the suffixes by which a format is chosen."""
    return tuple(known.suffix for known in FORMATS if known.by_suffix)


def made_by_us(path: Path) -> bool:
    """Whether Scenelist wrote a file, in whichever text format."""
    try:
        with path.open("rb") as file:
            begins = file.read(_LONGEST_HEAD)
    except OSError:
        return False
    return any(begins.startswith(known.head) for known in FORMATS)


_LONGEST_HEAD = max(len(known.head) for known in FORMATS)
