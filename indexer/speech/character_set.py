"""Turns the bytes of a subtitle file into text, whatever characters it is written in."""

from __future__ import annotations

_LONGEST_BYTES = 200_000


def text_of(data: bytes) -> str:
    """Return the text of a file in whatever character set it is most likely written in.

    UTF-8 is believed where it fits, for by chance it hardly ever does. Else chardet judges by the
    languages that it knows; UTF-16 and 32 are recognised with and without their mark. Sets that
    no subtitles are written in (mainframes') are left out, as is what DOS and old Macs used: a few
    lines of Russian would pass for those.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    import chardet
    from chardet import EncodingEra

    eras = EncodingEra.MODERN_WEB | EncodingEra.LEGACY_ISO | EncodingEra.LEGACY_REGIONAL
    found = chardet.detect(
        data, encoding_era=eras, max_bytes=_LONGEST_BYTES, prefer_superset=True, compat_names=False
    )
    text = data.decode(found["encoding"] or "cp1252", "replace")
    return text.removeprefix("\ufeff")
