"""What a question asks for and what must be seen for it to have an answer. Pure, for English.

A question of another language, or of a form that is not known here, is asked as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from indexer.errors import RequestError

Kind = Literal["yes/no", "when", "open"]

_BE = "is|are|was|were"
_AUXILIARY = rf"{_BE}|do|does|did|has|have|had|can|could|will|would"
_FOOTAGE = r"(?:this|the|that|it|any)(?: (?:video|clip|film|scene|shot|picture|recording|footage))?"
_WHEN = (
    rf"when|where in {_FOOTAGE}|(?:at|around) (?:what|which) (?:time|point|second|minute)"
    "|what time|how (?:far|late) in"
)
# Verbs that only ask: what is left of "the star move" is the thing that must be seen.
_ASKING_VERBS = re.compile(
    r"move|moving|go|going|do|doing|look|looking|like|travel|travelling|head|heading|happen"
    r"|happening|appear|appearing|occur|occurring|come|coming|shown?|seen|visible|there|start"
    r"|begin|have|wear|wearing",
    re.IGNORECASE,
)
_LEADING = re.compile(r"^(?:please |tell me |can you tell me |say |show me )+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question and how it is put to the model.

    `asked` is what the model is asked of each clip. `about` says what must be seen for it to have
    an answer, as it would stand after "a clip that shows"; empty where any clip will do.
    """

    text: str
    kind: Kind
    asked: str
    about: str


def read_question(text: str) -> Question:
    """Read a question.

    Raises:
        RequestError: there is nothing in it.

    >>> read_question("When does the red ball appear?").about
    'a red ball'
    >>> read_question("What colour is the square in the desert?").about
    'a square in the desert'
    """
    text = harmless(text)
    if not re.search(r"\w", text):
        raise RequestError("The question is empty: ask something, in words.")
    bare = _LEADING.sub("", text.rstrip(" ?!."))
    for read in (_when, _is_it_so):
        if (found := read(text, bare)) is not None:
            return found
    return Question(text, "open", text, _presupposed(bare))


def is_shown(about: str) -> str:
    """Return the question whether a clip shows something."""
    return f"Does this clip show {about}? Answer yes or no."


def harmless(text: str) -> str:
    """Return words on one line, without what a model would read as marks of its own."""
    return " ".join(re.sub(r"<[|/\w-]*>|<|>", " ", text).split())


def _when(text: str, bare: str) -> Question | None:
    found = re.fullmatch(rf"(?:{_WHEN})\b(?: in {_FOOTAGE})? (.+)", bare, re.IGNORECASE)
    if found is None:
        return None
    about = _thing(found[1])
    return Question(text, "when", is_shown(about), about) if about else None


def _is_it_so(text: str, bare: str) -> Question | None:
    """Read a question that wants a yes or a no."""
    for form in (
        rf"is there (.+?)(?: in {_FOOTAGE})?",
        rf"are there (.+?)(?: in {_FOOTAGE})?",
        rf"do(?:es)? {_FOOTAGE} (?:show|contain|have) (.+)",
        r"(?:can|do|did) (?:you|one|we|i) see (.+?)",
        rf"can (.+) be seen(?: in {_FOOTAGE})?",
        r"yes or no: (.+)",
    ):
        if (found := re.fullmatch(form, bare, re.IGNORECASE)) is not None:
            about = re.sub(r"^any ", "", found[1], flags=re.IGNORECASE)
            return Question(text, "yes/no", is_shown(about), about)
    found = re.fullmatch(rf"({_AUXILIARY}) (.+)", bare, re.IGNORECASE)
    if found is None:
        return None
    return Question(text, "yes/no", f"{bare}? Answer yes or no.", _indefinite(found[2], found[1]))


def _presupposed(bare: str) -> str:
    """Return what must be seen for an open question to have an answer, or ""."""
    for form, about in _FORMS:
        if (found := re.fullmatch(form, bare, re.IGNORECASE)) is not None:
            return about(found)
    return ""


def _behind(found: re.Match[str]) -> str:
    return "" if re.fullmatch(_EMPTY, found[1], re.IGNORECASE) else _indefinite(found[1], "is")


def _some(found: re.Match[str], *, bare: bool) -> str:
    """Return "who catches the ball" as someone catching the ball; a `bare` word stays as it is."""
    who, doing, rest = found.groups()
    if bare and _ASKING_VERBS.fullmatch(doing) and re.fullmatch(rf"( in {_FOOTAGE})?", rest, re.I):
        return ""
    one = "someone" if who.lower() == "who" else "something"
    return f"{one} {doing if bare else _gerund(doing)}{rest}"


_PLACE_WORDS = (
    r"(?:behind|in front of|under|above|below|beside|next to|on top of|near|around|inside|in|on)"
)
_ATTRIBUTE = rf"(?:{_BE}) the (?:colou?r|shape|size|name|number|kind|type|background)"
_EMPTY = rf"(?:the )?(?:background|foreground|cent(?:re|er)|middle|sky|picture|frame)|it|{_FOOTAGE}"
_DETERMINERS = (
    r"(?:the|a|an|this|that|these|those|his|her|its|their|your|my|our|he|she|it|they|you|there)\b"
)
_WHICH = r"(?:what|which|whose|how (?:many|much|big|large|old|fast|high|far))"
# Forms of open questions, tried in order, and what those of each form presuppose.
_FORMS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"(?:what|who) (?:else )?(?:do|does|did|can) (?:you|one|we|i) see.*", lambda _: ""),
    (rf"(?:what|who) (?:{_BE}) (?:happening|going on).*", lambda _: ""),
    (r"what (?:happens|happened|this).*", lambda _: ""),
    (rf"what(?: is|'s) (?:the )?{_PLACE_WORDS} (.+)", _behind),
    (rf"what {_ATTRIBUTE} of (.+)", lambda found: _indefinite(found[1], "is")),
    (rf"how (?:many|much) (.+?)(?: (?:{_AUXILIARY})\b.*)?", lambda found: found[1]),
    (rf"(what|who) (?:{_BE}) (?!{_DETERMINERS})(\w+)(.*)", lambda found: _some(found, bare=True)),
    (
        rf"(?:(?:in|to|from|at|on|of|with) )?(?:{_WHICH}|where|how|why|who)(?: \w+){{0,2}}?"
        rf" ((?:{_AUXILIARY}) .+)",
        lambda found: _thing(found[1]),
    ),
    (r"(what|who) (\w+s)\b(.*)", lambda found: _some(found, bare=False)),
)


def _thing(said: str) -> str:
    """Return what "does the star move", "is the red ball over the sea" is about: the thing."""
    words = said.split()
    auxiliary = words[0].lower() if words[0].lower() in _AUXILIARY.split("|") else ""
    words = words[1:] if auxiliary else words
    while words and _ASKING_VERBS.fullmatch(words[-1]):
        words.pop()
    thing = " ".join(words)
    nothing = r"(?:this|that|it|they|he|she|you|we|happening|there|the)?"
    if re.fullmatch(nothing, thing, re.I) or re.fullmatch(_EMPTY, thing, re.I):
        return ""
    return _indefinite(thing, auxiliary)


def _indefinite(thing: str, auxiliary: str) -> str:
    """Return a thing as one speaks of it the first time: "the star" is a star, or stars."""
    first, _, rest = thing.partition(" ")
    if first.lower() != "the" or not rest:
        return thing
    if (found := re.fullmatch(r"(\w+) things?", rest, re.IGNORECASE)) is not None:
        return f"something {found[1]}"
    several = auxiliary.lower() in {"are", "were", "do", "have"}
    if several or re.match(r"\w*[^s]s\b", rest):
        return rest
    return f"{'an' if rest[0].lower() in 'aeiou' else 'a'} {rest}"


def _gerund(verb: str) -> str:
    """Return the -ing form of a verb in the third person.

    >>> _gerund("catches"), _gerund("makes"), _gerund("runs"), _gerund("goes")
    ('catching', 'making', 'running', 'going')
    """
    stem = re.sub(r"(?<=ch|sh|ss)es$|(?<=[xo])es$|s$", "", verb)
    if stem.endswith("e") and not stem.endswith(("ee", "ye", "oe")):
        return f"{stem[:-1]}ing"
    if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", stem):
        stem += stem[-1]
    return f"{stem}ing"
