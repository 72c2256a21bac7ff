"""What videos are called: file and folder names as words, and which of them a question says. Pure.

A name's words are compared without case and accents, in any script. A word with digits in it
(GOPR0012, 2024) is found whole or by how it begins, and so is a long word; names written without
spaces are taken apart where small letters, capitals, digits and scripts meet.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from pathlib import PurePath

from search.ranking.confidence import stems
from search.text_folding import words_in

# So much of a word has to be there for it to stand for a longer one; with digits, less.
_BEGINNING, _BEGINNING_WITH_DIGITS = 4, 3
# A word that begins a name's word counts so much of one that is it.
_IN_PART = 0.6
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

    `words` are stems as in `confidence.stems`; `share` is 1 where they are the whole question.
    `rarity` is 1 where only this one is called so, and less the more there are. `described` says
    that descriptions use all these words too, so that something else may be meant: they count half.
    """

    words: frozenset[str]
    share: float
    rarity: float
    described: bool = False

    @property
    def strength(self) -> float:
        """How much the name says that this one is meant, from 0 to 1."""
        if not self.described:
            return self.rarity * self.share
        half = self.share / 2
        return self.rarity * (0.3 * half + 0.7 * half**3)

    @property
    def certainty(self) -> float:
        """How sure the name alone makes that this one is meant, from 0 to 1."""
        return 0.9 * self.rarity * (self.share / 2 if self.described else self.share) ** 2


@dataclass(frozen=True, slots=True)
class Names:
    """The words of contents' names, and for each word which contents it names."""

    contents: int = 0
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    in_order: tuple[str, ...] = ()
    spaceless: tuple[str, ...] = ()
    spelt: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def named(self, question: str) -> dict[str, Named]:
        """Return the contents that a question names, by fingerprint."""
        asked = stems(question)
        said: dict[str, dict[str, float]] = {}
        for stem in asked:
            for content, weight in self._called(stem).items():
                said.setdefault(content, {})[stem] = weight
        shares = {content: sum(ws.values()) / len(asked) for content, ws in said.items()}
        counted = Counter(shares.values())
        as_many, so_far = {}, 0
        for share in sorted(counted, reverse=True):
            so_far += counted[share]
            as_many[share] = log(1 + self.contents / so_far) / log(1 + self.contents)
        return {
            content: Named(frozenset(said[content]), share, as_many[share])
            for content, share in shares.items()
        }

    def holding(self, phrases: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
        """Return the contents whose names hold some phrases, by which phrases they lack."""
        wanted = [f" {spelt(phrase)} " for phrase in phrases]
        lacking: dict[tuple[str, ...], list[str]] = {}
        for content, names in self.spelt.items():
            held = [any(phrase in name for name in names) for phrase in wanted]
            if any(held):
                lack = tuple(p for p, there in zip(phrases, held, strict=True) if not there)
                lacking.setdefault(lack, []).append(content)
        return lacking

    def _called(self, stem: str) -> dict[str, float]:
        """Return the contents that a word names, and how well: 1 for the word itself."""
        found = dict.fromkeys(self.words.get(stem, ()), 1.0)
        if len(stem) >= _BEGINNING or (len(stem) >= _BEGINNING_WITH_DIGITS and _digits(stem)):
            for word in self._beginning(stem):
                whole = 1.0 if _digits(word) else _IN_PART
                for content in self.words[word]:
                    found[content] = max(found.get(content, 0.0), whole)
        if _SPACELESS.fullmatch(stem):
            for word in self.spaceless:
                if stem in word:
                    found.update(dict.fromkeys(self.words[word], 1.0))
        return found

    def _beginning(self, stem: str) -> Iterator[str]:
        """Yield the longer words that begin so."""
        for i in range(bisect_left(self.in_order, stem), len(self.in_order)):
            word = self.in_order[i]
            if not word.startswith(stem):
                return
            if word != stem and (len(stem) >= _BEGINNING or _digits(word)):
                yield word


NO_NAMES = Names()


def names_of(paths: Mapping[str, Iterable[PurePath]]) -> Names:
    """Return the words by which contents can be named: `paths` are those of each fingerprint.

    What leads to all of them is no name but its last folder, and neither are roots like /home.
    """
    known = {content: tuple(some) for content, some in paths.items()}
    shared = _shared_folders(path.parent for some in known.values() for path in some)
    words: dict[str, set[str]] = {}
    spelled = {}
    for content, some in known.items():
        parts = {part for path in some for part in _parts(path, shared)}
        spelled[content] = tuple(f" {spelt(part)} " for part in parts)
        for part in parts:
            for word in words_of(part):
                words.setdefault(word, set()).add(content)
    return Names(
        len(known),
        {word: frozenset(contents) for word, contents in words.items()},
        tuple(sorted(words)),
        tuple(word for word in words if _SPACELESS.search(word)),
        spelled,
    )


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name: whole, in parts, and each without its commonest endings.

    >>> sorted(words_of("GOPR0012 LakeGarda"))
    ['0012', 'garda', 'gopr', 'gopr0012', 'lake', 'lakegarda']
    """
    apart = f"{name} {_CAMEL.sub(' ', name)}"
    whole = words_in(apart)
    parts = [part for word in whole for part in _PARTS.findall(word)]
    return stems(" ".join((*whole, *parts)))


def spelt(text: str) -> str:
    """Return a text's words with a space between them, as phrases are compared."""
    return " ".join(words_in(text))


def _digits(word: str) -> bool:
    return any(character.isdigit() for character in word)


def _parts(path: PurePath, shared: int) -> Iterator[str]:
    """Yield the names that say something of a file: its own without suffix, and its folders'."""
    folders = path.parent.parts
    skipped = max(shared - 1, 1 if path.is_absolute() else 0)
    if skipped == 1 and len(folders) > 1 and folders[1].lower() in _ROOTS:
        skipped = 2
    yield path.stem
    yield from folders[skipped:]


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
