"""What a description says, without what a small model writes around it. Pure.

The store keeps a model's own words; this is what is embedded of them and shown. It stands beside
the describers, on the left of all who read descriptions, since it knows how models write, and
since whoever embeds, answers or shows must leave out the same.
"""

from __future__ import annotations

import re

# Raised when `cleaned` says something else of a text: libraries then embed those anew.
WORDING = 1

_THING = r"(?:video|clip|footage|film|scene|image|picture|photo|frame|sequence|recording|segment)s?"
_KIND = r"(?:(?:short|brief|given|provided|first|next|following|same|entire|whole|video) )*"
_WHAT = rf"(?:the|this|that|these|our|your) {_KIND}{_THING}(?: clip| sequence)?"
_SOON = r"(?:(?:also|then|next|first|mainly|briefly|clearly|primarily|simply|just|further|now) )*"
_SHOW = (
    r"(?:shows?|depicts?|features?|captures?|displays?|presents?|portrays?|showcases?|contains?"
    r"|illustrates?|(?:consists|is|are) of|is about"
    r"|(?:is|are) (?:showing|depicting|featuring|capturing|displaying|presenting|portraying)"
    r"|(?:appears?|seems?) to (?:show|depict|feature|capture|be(?: of)?)"
    r"|(?:begins?|starts?|opens?|ends?|concludes?|continues?) (?:with|by showing))(?: us)?"
)
_SEE = r"(?:we|you|one|i) (?:(?:can|could|will) )?(?:clearly |also )?(?:see|observe|watch|notice)"
_VIEW = (
    r"(?: (?:a|an|the) (?:close-up |close up |wide |aerial )?(?:shot|view|video|clip|scene) of)?"
)
# From the longest to the shortest: what a sentence begins with and says nothing by.
_OPENING = re.compile(
    rf"(?:in|throughout|during) {_WHAT}[,:]? (?:{_SEE}|it {_SOON}{_SHOW}){_VIEW}(?: that)? ?"
    rf"|(?:in|throughout|during) {_WHAT}, "
    rf"|{_WHAT} {_SOON}{_SHOW}{_VIEW}(?: that)?(?=[ .,:;!?]|$)[ ,:]*"
    rf"|{_SEE}{_VIEW}(?: that)? "
    rf"|(?:(?:this|it) is )?an? {_KIND}{_THING}(?: clip)?"
    rf"(?: (?:that |which )?{_SHOW}| (?:showing|of|featuring|depicting)){_VIEW} ",
    re.IGNORECASE,
)
_NOTHING = re.compile(rf"{_WHAT}[.:,]?", re.IGNORECASE)
_STOPS = ".!?…。！？"
_CLOSING = "\"'”’)]*"
_END = re.compile(rf"[{_STOPS}]+[{re.escape(_CLOSING)}]*(?=\s|$)|[。！？]+")
_ABBREVIATED = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|prof|jr|sr|vs|no|e\.g|i\.e|approx|fig)|\b[a-z]|(?:^|\s)\d+)\.$",
    re.IGNORECASE,
)
_LEADING_ON = re.compile(r"(?:[ ,;:]|\b(?:and|or|then|with|a|an|the))+$", re.IGNORECASE)
# So many words said three times in a row are a loop; fewer may be meant ("no, no, no").
_LOOP_WORDS = 6


def cleaned(text: str) -> str:
    """Return what a description says: no openings, nothing said twice, no unfinished end.

    Openings are those that name the video and no more ("The video shows …"). A sentence that was
    said before is left out, and of words in a loop one round is kept. An unfinished last sentence
    goes where there is a finished one. Nothing is left of a text that says nothing.

    >>> cleaned("The video shows a dog. It runs. It runs. It ru")
    'A dog. It runs.'
    """
    said: dict[str, str] = {}
    for sentence in _finished(sentences(" ".join(text.split()))):
        words = _unlooped(_unopened(sentence))
        if (key := _spelt(words)) and key not in said:
            said[key] = words
    return " ".join(said.values())


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with what ends it; the last may lack that."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if _ABBREVIATED.search(text[start : end.end()]):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def _finished(told: list[str]) -> list[str]:
    """Leave out an unfinished last sentence where there is a finished one before."""
    if len(told) > 1 and not _is_finished(told[-1]):
        return told[:-1]
    return told


def _is_finished(sentence: str) -> bool:
    return sentence.rstrip(_CLOSING)[-1:] in tuple(_STOPS)


def _unopened(sentence: str) -> str:
    """Take off what a sentence begins with and says nothing by, once or twice."""
    if _NOTHING.fullmatch(sentence):
        return ""
    for _ in range(2):
        if (opening := _OPENING.match(sentence)) is None:
            break
        rest = sentence[opening.end() :]
        sentence = rest[:1].upper() + rest[1:]
    return sentence


def _unlooped(sentence: str) -> str:
    """Keep one round of words that go round and round, and what was said before them."""
    words = sentence.split(" ")
    spelt = [_spelt(word) or word for word in words]
    if len(spelt) - len(set(spelt)) < _LOOP_WORDS // 3 * 2:
        return sentence  # too few words come again
    for start in range(len(words) - _LOOP_WORDS + 1):
        for period in range(1, (len(words) - start) // 3 + 1):
            reach = start + period
            while reach < len(spelt) and spelt[reach] == spelt[reach - period]:
                reach += 1
            if reach - start >= max(3 * period, _LOOP_WORDS):
                kept = [*words[: start + period], *words[reach:]]
                return _closed(" ".join(kept), sentence)
    return sentence


def _closed(kept: str, sentence: str) -> str:
    """End what is kept of a sentence as the sentence ended, and not with what leads on."""
    kept = _LEADING_ON.sub("", kept)
    if _is_finished(sentence) and not _is_finished(kept):
        kept += sentence.rstrip(_CLOSING)[-1]
    return kept


def _spelt(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
