"""Audio tracks, and the languages that files and models name them by. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Track:
    """An audio track: its number among the file's audio tracks, from 1, and its language or ''."""

    number: int
    language: str


def same_language(one: str, other: str) -> bool:
    """Whether two codes name one language, in two letters or three: de, deu, ger.

    >>> same_language("ger", "de"), same_language("en", "es")
    (True, False)
    """
    return two_letters(one) == two_letters(other)


def two_letters(code: str) -> str:
    """Return a language's code in two letters where it has such a one; any other as it is.

    >>> two_letters("ger"), two_letters("pt-BR")
    ('de', 'pt')
    """
    code = code.casefold().replace("_", "-").partition("-")[0]
    return str(_THREE.get(code, code))


# The three-letter codes that files bear (both kinds of ISO 639-2) and what Whisper calls them.
_THREE = dict(
    re.findall(
        r"(\w+)=(\w+)",
        """eng=en ger=de deu=de fre=fr fra=fr spa=es ita=it por=pt rus=ru jpn=ja chi=zh zho=zh
        kor=ko dut=nl nld=nl pol=pl tur=tr swe=sv dan=da nor=no nob=no fin=fi ukr=uk ara=ar heb=he
        hin=hi cze=cs ces=cs slo=sk slk=sk hun=hu rum=ro ron=ro bul=bg gre=el ell=el cat=ca hrv=hr
        srp=sr slv=sl est=et lav=lv lit=lt vie=vi tha=th ind=id may=ms msa=ms per=fa fas=fa urd=ur
        ben=bn tam=ta tel=te ice=is isl=is wel=cy cym=cy baq=eu eus=eu glg=gl geo=ka kat=ka arm=hy
        hye=hy""",
    )
)
