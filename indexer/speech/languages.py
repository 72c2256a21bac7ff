"""Which language of several: what was asked for, else the video's, else the user's, else the first.

Pure but for the names of languages, which langcodes knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Parts of a subtitle file's name that say what it is for, not in which language it is.
_PURPOSES = {"forced", "sdh", "cc", "default", "foreign", "full", "signs", "songs", "subs", "sub"}
# What containers write where they do not know.
_UNKNOWN = {"und", "unk", "mul", "mis", "zxx"}


@dataclass(frozen=True, slots=True)
class Languages:
    """Languages in which to read what is said: the one `asked` for, and the user's own (`here`).

    Tags as in `de`, `ger`, `pt-BR`; empty where there is none.
    """

    asked: str = ""
    here: str = ""


ANY = Languages()


def language(tag: str) -> str:
    """Return a language's own short code; what no language is called as it is, in small letters.

    >>> language("ger"), language("pt_BR"), language("und"), language("English")
    ('de', 'pt', '', 'english')
    """
    tag = tag.strip().replace("_", "-").lower()
    if is_language(tag):
        import langcodes

        tag = langcodes.Language.get(tag).language or ""
    return "" if tag in _UNKNOWN else tag


def is_language(tag: str) -> bool:
    """Whether a tag is one of a registered language."""
    import langcodes

    return bool(langcodes.tag_is_valid(tag.replace("_", "-")))


def is_tag(text: str) -> bool:
    """Whether a text looks like the tag of a language, or its name as files bear it."""
    return re.fullmatch(r"[a-z]{2,}([-_][a-z0-9]+)*", text, re.IGNORECASE | re.ASCII) is not None


def language_in_name(name: str) -> str:
    """Return the language that stands between a video's name and its subtitles' suffix.

    >>> language_in_name("forced.en"), language_in_name("German"), language_in_name("1080p")
    ('en', 'german', '')
    """
    parts = [part for part in name.lower().split(".") if part and part not in _PURPOSES]
    known = [part for part in parts if is_language(part)]
    words = [part for part in parts if part.isalpha() and len(part) > 3]
    return language([*known, *words, ""][0])


def chosen(offered: Sequence[str], languages: Languages, of_video: str) -> list[int]:
    """Return which of some sources, by their languages, to read: all of one language."""
    codes = [language(tag) for tag in offered]
    for wish in (languages.asked, of_video, languages.here):
        if (code := language(wish)) and code in codes:
            return [number for number, other in enumerate(codes) if other == code]
    return [number for number, other in enumerate(codes) if other == codes[0]]
