"""Words as they are compared: small letters, accents gone, composed or not; any script. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that people without them on the keyboard write as others, and that no rule takes apart.
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
# Accents of Latin, Greek and Cyrillic, points of Hebrew, vowels of Arabic; the signs of other
# scripts make other words.
_ACCENTS = frozenset((*range(0x0300, 0x0370), *range(0x0591, 0x05C8), *range(0x064B, 0x0660)))
# Letters and digits; of scripts whose vowels are signs, those too, which Python calls no letters.
WORD = re.compile(r"(?:[^\W_]|[\u0900-\u0963\u0966-\u0dff\u0e00-\u109f\u1780-\u17d3])+")


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """Return a text as it is compared with others.

    >>> folded("Käthe’s CAFÉ") == folded("Kathe’s cafe")
    True
    >>> folded("Straße"), folded("ЁЛКА")
    ('strasse', 'елка')
    """
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(character for character in apart if ord(character) not in _ACCENTS)
    return unicodedata.normalize("NFC", bare.translate(_LETTERS))


def words_in(text: str) -> list[str]:
    """Return the words of a text, folded, in order.

    >>> words_in("Käthe_am Gardasee, 2024.mp4")
    ['kathe', 'am', 'gardasee', '2024', 'mp4']
    """
    return WORD.findall(folded(text))


def composed(text: str) -> str:
    """Return a text whose accents are one character with their letters, as it is kept."""
    return unicodedata.normalize("NFC", text)
