"""What videos are called: file and folder names as words, and which of them a question says. Pure.

A name's words are compared without case and accents, in any script. A word with digits in it
(GOPR0012, 2024) is found whole or by how it begins, and so is a long word; names written without
spaces are taken apart where small letters, capitals, digits and scripts meet.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log
from pathlib import PurePath

from search.ranking.confidence import stems
from search.ranking.whole_names import NOT_MENTIONED, WholeNames, counts, telling, whole_names
from search.text_folding import WORD, words_in

# So much of a word has to be there for it to stand for a longer one; with digits, less.
_BEGINNING, _BEGINNING_WITH_DIGITS = 4, 3
# A word that begins a name's word counts so much of one that is it: of letters, with digits.
_IN_PART, _IN_PART_WITH_DIGITS = 0.6, 0.95
# So does one that ends otherwise (film for films), and one that only a folder's name has.
_OTHER_ENDING, _IN_A_FOLDER = 0.75, 0.97
# Part of a name's word, as 0012 of GOPR0012, is so much of that word.
_OF_A_WORD = 0.5
# Many that are wholly called so are taken for fewer: of what is left to one alone, so much.
_WHOLE = 0.5
# A whole name beside a description says so much of what it says alone, and makes so sure; a single
# word without digits, which may be meant as a word, less.
_BESIDE, _SURE_BESIDE = 0.95, 0.6
_WORD_BESIDE, _WORD_SURE_BESIDE = 0.5, 0.3
# From this share of its words on a question is a name alone, and then who has less than the other
# share of them is not called so.
_ALONE, _CALLED_SO = 0.9, 0.7
# A word with digits that can hardly be meant as a word is so long (GOPR0012, 2024).
_NUMBERED = 4
# Who is named by so much of another one's share is named as well as that one.
_AS_WELL = 0.98
# How much of each name is said is found out for so many contents, those named best.
_COMPARED = 500
# Folders that lie at the root of a machine and say nothing of what is in them.
_ROOTS = frozenset({"home", "users", "mnt", "media", "volumes", "run", "srv", "var", "tmp"})
# Scripts that put no space between words: there a word is found anywhere.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_SPACELESS = re.compile(f"[{_UNSPACED}]+")
_PARTS = re.compile(f"\\d+|[{_UNSPACED}]+|[^\\W\\d_{_UNSPACED}]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Named:
    """How a question names one content: the words that do, and how much of the question they are.

    `words` are stems as in `confidence.stems`; `share` is 1 where they are the whole question, and
    `whole` where they are the whole name of the file or of one of its folders. `rarity` is 1 where
    only this one is called so, and less the more there are. `name` are the words of whole names
    that are said at a stretch, `together` says that one has several words, `exact` that it is a
    file's with its suffix. `described` says that descriptions use all these words too, so that
    something else may be meant: they count half.
    """

    words: frozenset[str]
    share: float
    rarity: float
    whole: float = 0.0
    name: frozenset[str] = frozenset()
    together: bool = False
    exact: bool = False
    described: bool = False

    @property
    def strength(self) -> float:
        """How much the name says that this one is meant, from 0 to 1."""
        if not self.described:
            beside = _BESIDE if self.distinct else _WORD_BESIDE
            return self._telling * max(self.share, beside * self.whole)
        half = max(self.share / 2, 0.5 if self.together else 0.0)
        return self._telling * (0.3 * half + 0.7 * half**3)

    @property
    def certainty(self) -> float:
        """How sure the name alone makes that this one is meant, from 0 to 1."""
        if self.described:
            return 0.9 * self.rarity * (self.share / 2) ** 2
        beside = _SURE_BESIDE if self.distinct else _WORD_SURE_BESIDE
        return 0.9 * self._telling * max(self.share, beside * self.whole) ** 2

    @property
    def distinct(self) -> bool:
        """Whether this can hardly be meant otherwise: several words, digits, or a suffix."""
        numbered = (len(word) >= _NUMBERED and _digits(word) for word in self.words)
        return self.exact or self.together or any(numbered)

    @property
    def _telling(self) -> float:
        """How well the words tell this one from others: by how few have them, or as whole names."""
        return self.rarity + (1 - self.rarity) * _WHOLE * self.whole


@dataclass(frozen=True, slots=True)
class Names:
    """The words of contents' names, and for each word which contents it names.

    `words` are stems, and `own` those of the files' own names; `written` are words as they stand
    there. `spelt` has each content's names, a space around each word.
    """

    contents: int = 0
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)
    written: Mapping[str, frozenset[str]] = field(default_factory=dict)
    in_order: tuple[str, ...] = ()
    spaceless: tuple[str, ...] = ()
    spelt: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole: WholeNames = field(default_factory=WholeNames)

    def named(self, question: str) -> dict[str, Named]:
        """Return the contents that a question names, by fingerprint."""
        asked = words_in(question)
        mentions = self.whole.said(asked)
        spellings: dict[str, list[str]] = {}
        for word in asked:
            for stem in stems(word):
                spellings.setdefault(stem, []).append(word)
        for word in frozenset[str]().union(*{mention.words for mention in mentions.values()}):
            spellings.setdefault(word, [])
        said: dict[str, dict[str, float]] = {}
        for stem, forms in spellings.items():
            for content, weight in self._called(stem, forms).items():
                said.setdefault(content, {})[stem] = weight
        for content, mention in mentions.items():
            weights = said.setdefault(content, {})
            for word in mention.words:
                least = 1.0 if word in mention.own else _IN_A_FOLDER
                weights[word] = max(weights.get(word, 0.0), least)
        shares = {c: round(sum(ws.values()) / len(spellings), 9) for c, ws in said.items()}
        best = sorted(shares, key=lambda content: (-shares[content], content))[:_COMPARED]
        wholes = dict.fromkeys(mentions, 1.0)
        wholes |= {c: self._whole(c, said[c]) for c in best if c not in mentions}
        rarities = self._rarities(shares.values())
        named = {}
        for content, share in shares.items():
            mention, words = mentions.get(content, NOT_MENTIONED), frozenset(said[content])
            named[content] = Named(
                words,
                share,
                rarities[share],
                wholes.get(content, 0.0),
                mention.words,
                mention.together,
                mention.exact,
            )
        return named

    def holding(self, phrases: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
        """Return the contents whose names hold some phrases, by which phrases they lack.

        The end of a path, with its suffix, counts as a name.
        """
        wanted = [(f" {spelt(p)} ", self.whole.ending(words_in(p))) for p in phrases]
        lacking: dict[tuple[str, ...], list[str]] = {}
        for content, names in self.spelt.items():
            held = [
                content in called or any(phrase in name for name in names)
                for phrase, called in wanted
            ]
            if any(held):
                lack = tuple(p for p, there in zip(phrases, held, strict=True) if not there)
                lacking.setdefault(lack, []).append(content)
        return lacking

    def _rarities(self, shares: Collection[float]) -> dict[float, float]:
        """Return how rare it is to be named by about such a share of a question, or by more."""
        rising = sorted(shares)
        as_many = {s: len(rising) - bisect_left(rising, _AS_WELL * s) for s in set(shares)}
        everyone = log(1 + self.contents)
        return {s: log(1 + self.contents / count) / everyone for s, count in as_many.items()}

    def _called(self, stem: str, spellings: Collection[str]) -> dict[str, float]:
        """Return the contents that a word names, and how well: 1 for the word itself.

        `spellings` are how the question writes it.
        """
        here, mine = self.words.get(stem, frozenset()), set(self.own.get(stem, ()))
        found = dict.fromkeys(here, 1.0)
        others = here.difference(*(self.written.get(s, ()) for s in spellings))
        found |= dict.fromkeys(others, _OTHER_ENDING)
        for word, weight in self._longer(stem):
            for content in self.words[word]:
                if found.get(content, 0.0) < weight:
                    found[content] = weight
            mine |= self.own.get(word, frozenset())
        found |= {content: found[content] * _IN_A_FOLDER for content in found.keys() - mine}
        return found

    def _longer(self, stem: str) -> Iterator[tuple[str, float]]:
        """Yield the longer words of names that a word stands for, and how well."""
        if len(stem) >= _BEGINNING or (len(stem) >= _BEGINNING_WITH_DIGITS and _digits(stem)):
            for word in self._beginning(stem):
                yield word, _IN_PART_WITH_DIGITS if _digits(word) else _IN_PART
        if _SPACELESS.fullmatch(stem):
            yield from ((word, 1.0) for word in self.spaceless if stem in word)

    def _whole(self, content: str, said: Mapping[str, float]) -> float:
        """Return how much of a name is said, from 0 to 1: of the one that is said most."""
        return max((_said_of(name, said) for name in self.spelt[content]), default=0.0)

    def _beginning(self, stem: str) -> Iterator[str]:
        """Yield the longer words that begin so."""
        for i in range(bisect_left(self.in_order, stem), len(self.in_order)):
            word = self.in_order[i]
            if not word.startswith(stem):
                return
            if word != stem and (len(stem) >= _BEGINNING or _digits(word)):
                yield word


NO_NAMES = Names()


def is_alone(named: Mapping[str, Named]) -> bool:
    """Whether there is no more to a question than the name of some contents."""
    return any(one.share >= _ALONE and not one.described for one in named.values())


def beside(question: str, named: Mapping[str, Named]) -> str:
    """Return what a question says beside whole names; all of it where that is nothing.

    What may be meant as a word stays: single ones, and those that descriptions use.
    """
    names = (one.name for one in named.values() if one.distinct and not one.described)
    name = frozenset[str]().union(*names)

    def left(found: re.Match[str]) -> str:
        words = telling(words_in(found.group()))
        return "" if words and words <= name else found.group()

    rest = [word for word in WORD.sub(left, question).split() if WORD.search(word)]
    return " ".join(rest) if stems(" ".join(rest)) else question


def best_named(named: Mapping[str, Named], most: int) -> dict[str, Named]:
    """Return the contents that are named best, at most so many, the best first.

    Where a name is all of the question, who shares but a word of it is not called so.
    """
    least = _CALLED_SO if is_alone(named) else 0.0
    called = [content for content, one in named.items() if one.share >= least]
    best = sorted(called, key=lambda content: (-named[content].strength, content))[:most]
    return {content: named[content] for content in best}


def names_of(paths: Mapping[str, Iterable[PurePath]]) -> Names:
    """Return the words by which contents can be named: `paths` are those of each fingerprint.

    What leads to all of them is no name but its last folder, and neither are roots like /home.
    """
    known = {content: tuple(some) for content, some in paths.items()}
    shared = _shared_folders(path.parent for some in known.values() for path in some)
    files: dict[str, set[str]] = {}
    folders: dict[str, set[str]] = {}
    telling: dict[PurePath, tuple[str, ...]] = {}
    spelled = {}
    for content, some in known.items():
        parts = dict[str, None]()
        for path in some:
            if (inside := telling.get(path.parent)) is None:
                inside = telling[path.parent] = _folders(path, shared)
            files.setdefault(path.stem, set()).add(content)
            for name in inside:
                folders.setdefault(name, set()).add(content)
            parts |= dict.fromkeys((path.stem, *inside))
        spelled[content] = tuple(f" {spelt(part)} " for part in parts)
    written = _by_word(files.items(), _forms)
    own = _by_word(written.items(), stems)
    written = _by_word((*written.items(), *_by_word(folders.items(), _forms).items()), _itself)
    words = _by_word(written.items(), stems)
    return Names(
        len(known),
        words,
        own,
        written,
        tuple(sorted(words)),
        tuple(word for word in words if _SPACELESS.search(word)),
        spelled,
        whole_names(known, folders),
    )


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name: whole, in parts, and each without its commonest endings.

    >>> sorted(words_of("GOPR0012 LakeGarda"))
    ['0012', 'garda', 'gopr', 'gopr0012', 'lake', 'lakegarda']
    """
    return stems(" ".join(_forms(name)))


def spelt(text: str) -> str:
    """Return a text's words with a space between them, as phrases are compared."""
    return " ".join(words_in(text))


def _forms(name: str) -> frozenset[str]:
    """Return the words of a name, whole and in parts, as they are written."""
    whole = words_in(f"{name} {_CAMEL.sub(' ', name)}")
    return frozenset((*whole, *(part for word in whole for part in _PARTS.findall(word))))


def _by_word(
    named: Iterable[tuple[str, Collection[str]]], words: Callable[[str], Iterable[str]]
) -> dict[str, frozenset[str]]:
    """Return the contents of some names by the words of these."""
    found: dict[str, list[Collection[str]]] = {}
    for name, contents in named:
        for word in words(name):
            found.setdefault(word, []).append(contents)
    return {word: frozenset[str]().union(*some) for word, some in found.items()}


def _itself(word: str) -> tuple[str]:
    return (word,)


def _said_of(name: str, said: Mapping[str, float]) -> float:
    """Return how much of a name's words are said as they stand, from 0 to 1; parts count half."""
    words = _telling(name)
    whole = {word for word in words if said.get(word, 0.0) >= _IN_A_FOLDER}
    parts = sum(any(one in word for one in said) for word in words - whole)
    return 0.0 if counts(words) else (len(whole) + _OF_A_WORD * parts) / len(words)


@lru_cache(maxsize=65_536)
def _telling(name: str) -> frozenset[str]:
    return telling(name.split())


def _digits(word: str) -> bool:
    return any(character.isdigit() for character in word)


def _folders(path: PurePath, shared: int) -> tuple[str, ...]:
    """Return the names of a file's folders that say something of it."""
    folders = path.parent.parts
    skipped = max(shared - 1, 1 if path.is_absolute() else 0)
    if skipped == 1 and len(folders) > 1 and folders[1].lower() in _ROOTS:
        skipped = 2
    return folders[skipped:]


def _shared_folders(folders: Iterable[PurePath]) -> int:
    """Return how many parts of their paths some folders have in common, from the root on."""
    first: tuple[str, ...] | None = None
    for folder in folders:
        if first is None:
            first = folder.parts
        else:
            same = 0
            for mine, other in zip(first, folder.parts, strict=False):
                if mine != other:
                    break
                same += 1
            first = first[:same]
    return len(first or ())
