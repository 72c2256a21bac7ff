"""A contact sheet: one HTML file with a picture, the time, the words and a link of each moment."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from indexer.errors import VideoError
from playlist.jpeg import jpeg
from playlist.tracks import Track, clock, one_line

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
"""


def render(tracks: Sequence[Track], title: str) -> bytes:
    """Return a page that needs no other file and no network; links play from the moment on."""
    heading = escape(one_line(title))
    cells = "\n".join(_cell(track) for track in tracks)
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
<p class="count">{count}</p>
<ol>
{cells}
</ol>
</html>
"""
    return page.encode("utf-8", "replace")


def _cell(track: Track) -> str:
    link = f"{escape(track.location)}#t={track.start_ms / 1000:.3f},{track.end_ms / 1000:.3f}"
    picture = _picture(track)
    image = f'<img src="{picture}" alt="" loading="lazy">' if picture else ""
    time = f"{clock(track.start_ms)} – {clock(track.end_ms)}"
    return (
        f'<li><a class="picture" href="{link}" title="Play from here">{image}</a>'
        f'<a class="time" href="{link}">{time}</a>'
        f"<span>{escape(track.told)}</span>"
        f'<span class="name">{escape(one_line(track.video.path.name))}</span></li>'
    )


def _picture(track: Track) -> str:
    """Return the middle of a moment as a JPEG data URI; empty where none can be read."""
    from indexer.media.thumbnails import still

    try:
        pixels = still(track.video.path, (track.start_ms + track.end_ms) // 2, _EDGE)
    except VideoError:
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(pixels)).decode()
