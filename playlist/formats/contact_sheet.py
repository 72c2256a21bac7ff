"""A contact sheet: one HTML file with a picture, the time, the words and a link of each moment."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from html import escape

from indexer.errors import VideoError
from indexer.media.jpeg import thumbnail_jpeg
from playlist.file_names import name_for
from playlist.formats import xspf
from playlist.tracks import Track, clock, one_line
from playlist.vlc_start import start_for_vlc_ms
from search.query.filters.date import made_s

_EDGE = 320
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; font-weight: 600; }
p.count { opacity: .65; margin-top: -.6rem; }
ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.4rem;
  list-style: none; padding: 0; }
li { display: flex; flex-direction: column; gap: .35rem; }
a.picture { display: block; aspect-ratio: 16 / 9; background: #111; border-radius: .4rem;
  overflow: hidden; }
img { width: 100%; height: 100%; object-fit: contain; display: block; }
.time { font-variant-numeric: tabular-nums; font-weight: 600; }
.name { opacity: .65; overflow-wrap: anywhere; font-size: .87rem; }
.said { font-style: italic; }
.label { opacity: .65; font-style: normal; }
a.vlc { font-size: .87rem; margin-left: .6rem; }
"""


def render(tracks: Sequence[Track], title: str) -> bytes:
    """Return a page that needs no other file and no network; links play from the moment on."""
    heading = escape(one_line(title))
    labels = any(track.transcript for track in tracks)
    cells = "\n".join(_cell(track, labels=labels) for track in tracks)
    vlc = _for_vlc(tracks, title, "VLC playlist of all", name_for(title, ".xspf"))
    count = f"{len(tracks)} {'moment' if len(tracks) == 1 else 'moments'}"
    page = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="generator" content="Scenelist">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{heading}</title>
<style>{_STYLE}</style>
<h1>{heading}</h1>
<p class="count">{count}{vlc}</p>
<ol>
{cells}
</ol>
</html>
"""
    return page.encode("utf-8", "replace")


def _for_vlc(tracks: Sequence[Track], title: str, label: str, name: str) -> str:
    """Return a link that holds a playlist, which the browser saves; '' where none can.

    A playlist that is saved elsewhere finds no file named from this page on.
    """
    if any("://" not in track.location and ":/" not in track.location for track in tracks):
        return ""
    timed = [replace(t, start_ms=start_for_vlc_ms(t.video.path, t.start_ms)) for t in tracks]
    data = base64.b64encode(xspf.render(timed, title)).decode()
    return (
        f'<a class="vlc" download="{escape(name)}" href="data:application/xspf+xml;base64,{data}"'
        f' title="A playlist for VLC: open it">{escape(label)}</a>'
    )


def _place(track: Track) -> str:
    """Return the file's name, its folder, and the day it was made, as far as that is known."""
    path = track.video.path
    parts = [path.name, path.parent.name]
    if seconds := made_s(track.video):
        with suppress(ValueError, OverflowError, OSError):  # a damaged date is none
            parts.append(datetime.fromtimestamp(seconds).date().isoformat())
    return " · ".join(one_line(part) for part in parts if part)


def _words(track: Track, *, labels: bool) -> str:
    """Return what is seen and what is said, each for itself, as the terminal shows them."""
    parts = []
    for kind, words in (("seen", track.seen), ("said", track.transcript)):
        if words:
            label = f'<span class="label">{kind}: </span>' if labels else ""
            parts.append(f'<span class="{kind}">{label}{escape(words)}</span>')
    return "".join(parts)


def _cell(track: Track, *, labels: bool) -> str:
    link = f"{escape(track.location)}#t={track.start_ms / 1000:.3f},{track.end_ms / 1000:.3f}"
    picture = _picture(track)
    image = f'<img src="{picture}" alt="" loading="lazy">' if picture else ""
    name = name_for(f"{track.video.path.stem} {clock(track.start_ms)}", ".xspf")
    vlc = _for_vlc([track], track.title, "VLC playlist", name)
    time = f"{clock(track.start_ms)} – {clock(track.end_ms)}"
    return (
        f'<li><a class="picture" href="{link}" title="Play from here">{image}</a>'
        f'<span><a class="time" href="{link}">{time}</a>{vlc}</span>'
        f"{_words(track, labels=labels)}"
        f'<span class="name">{escape(_place(track))}</span></li>'
    )


def _picture(track: Track) -> str:
    """Return the middle of a moment as a JPEG data URI; empty where none can be read."""
    data = jpeg_of(track)
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}" if data else ""


def thumbnail_of(track: Track) -> bytes:
    """Return the middle of a moment as a small JPEG of 16:9, with bars; empty as `jpeg_of`."""
    return jpeg_of(track, (_EDGE, _EDGE * 9 // 16))


def jpeg_of(track: Track, within: tuple[int, int] | None = None) -> bytes:
    """Return the middle of a moment as a small JPEG; empty where none can be read."""
    from indexer.media.thumbnails import still

    try:
        pixels = still(track.video.path, (track.start_ms + track.end_ms) // 2, _EDGE)
    except VideoError:
        return b""
    return thumbnail_jpeg(pixels, within)
