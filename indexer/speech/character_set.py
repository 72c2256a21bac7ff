"""Turns the bytes of a subtitle file into text, whatever characters it is written in."""

from __future__ import annotations

from contextlib import suppress

_LONGEST_BYTES = 200_000
# What subtitles are written in. Of all that chardet knows, a few lines of Russian pass for an old
# Mac's, and a few of French for Latin 4.
_SETS = (
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
    *(f"cp125{number}" for number in range(9)),
    *("iso8859-2", "iso8859-9", "koi8-r", "koi8-u", "cp874"),
    *("cp932", "euc-jp", "iso-2022-jp", "gb18030", "big5", "cp949"),
)


def text_of(data: bytes) -> str:
    """Return the text of a file in whatever character set it is most likely written in.

    UTF-8 is believed where it fits, for by chance it hardly ever does. Else chardet judges by the
    languages that it knows; UTF-16 and 32 are recognised with and without their mark.
    """
    if b"\0" not in data:  # or it is UTF-16 of plain letters, which is UTF-8 too
        with suppress(UnicodeDecodeError):
            return data.decode("utf-8-sig")
    import chardet

    found = chardet.detect(
        data, max_bytes=_LONGEST_BYTES, include_encodings=_SETS, compat_names=False
    )
    text = data.decode(found["encoding"] or "cp1252", "replace")
    return text.removeprefix("\ufeff")
