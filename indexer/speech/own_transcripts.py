"""Tells what Scenelist wrote from subtitles: it may lie beside a video and bear its name.

A transcript of what was listened out is marked with a digest of the rest, so whoever corrects it
makes it their own: subtitles that are read like any other. WebVTT has comments. SubRip has none,
and some players want nothing but a number on its first line: the digest stands in blanks after
that number, a tab for 1 and a space for 0, which readers skip and editors drop.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

_HEAD_BYTES = 256
_LARGEST_BYTES = 50_000_000
# FFmpeg takes no first line of 64 characters for a number.
_DIGEST_BYTES = 4
# How chapters begin (playlist/formats/webvtt.py): they describe, nobody says them.
_CHAPTERS = "WEBVTT\n\nNOTE Made by Scenelist\n"
_WEBVTT = re.compile(r"\AWEBVTT\n\nNOTE Made by Scenelist from speech, ([0-9a-f]{8})\n")
_SUBRIP = re.compile(r"\A1([ \t]{32})\n")


def marked(text: str) -> str:
    """Return a transcript with its mark; what is neither WebVTT nor SubRip as it is."""
    if text.startswith("WEBVTT\n"):
        head = f"WEBVTT\n\nNOTE Made by Scenelist from speech, {_digest(text):08x}\n"
        return head + text.removeprefix("WEBVTT\n")
    if text.startswith("1\n"):
        blanks = f"{_digest(text):032b}".replace("0", " ").replace("1", "\t")
        return f"1{blanks}\n" + text.removeprefix("1\n")
    return text


def is_ours(path: Path) -> bool:
    """Whether a file holds chapters by us, or a transcript that was marked and is as it was.

    Other line ends and a byte order mark change nothing.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD_BYTES)
            if _plain(data).startswith(_CHAPTERS):
                return True
            if not _parted(_plain(data))[1]:
                return False
            data += file.read(_LARGEST_BYTES)
    except OSError:
        return False
    return is_marked(data)


def is_marked(data: bytes) -> bool:
    """Whether a file's bytes are a transcript that was marked, and is as it was written."""
    text, digest = _parted(_plain(data))
    return f"{_digest(text):08x}" == digest


def _plain(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _parted(text: str) -> tuple[str, str]:
    """Return a transcript without its mark, and the digest in that, 8 hexadecimal digits or ''."""
    if found := _WEBVTT.match(text):
        return "WEBVTT\n" + text[found.end() :], found[1]
    if found := _SUBRIP.match(text):
        number = int(found[1].replace(" ", "0").replace("\t", "1"), 2)
        return "1\n" + text[found.end() :], f"{number:08x}"
    return text, ""


def _digest(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=_DIGEST_BYTES).digest())
