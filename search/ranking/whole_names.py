"""Whole names that a question says: a file's, with or without suffix or path, a folder's. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from search.ranking.confidence import stems
from search.text_folding import words_in

# A name longer than this many words is not looked for as a whole.
_LONGEST = 40
# A number of so many digits may be a name.
_A_YEAR = 4


@dataclass(frozen=True, slots=True)
class Mention:
    """What a question says of one content's whole names.

    `words` are theirs, as in `telling`, and `own` those that the file's name or path holds.
    `exact` says that the file's name is said with its suffix, and `together` that a name of
    several words is said.
    """

    words: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    together: bool = False
    exact: bool = False

    def __add__(self, other: Mention) -> Mention:
        """Return what both say."""
        return Mention(
            self.words | other.words,
            self.own | other.own,
            self.together or other.together,
            self.exact or other.exact,
        )


NOT_MENTIONED = Mention()


@dataclass(frozen=True, slots=True)
class _File:
    """A path of a content, as words: with its suffix (`exact`), or without."""

    content: str
    path: tuple[str, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class WholeNames:
    """Files by their names, with suffix and without, and who lies in folders called so.

    Names are words with a space between them; `longest` is how many words the longest has.
    """

    files: Mapping[str, tuple[_File, ...]] = field(default_factory=dict)
    folders: Mapping[str, frozenset[str]] = field(default_factory=dict)
    longest: int = 0

    def said(self, question: Sequence[str]) -> dict[str, Mention]:
        """Return the contents that the words of a question, in order, call by a whole name.

        Beside a file's name counts what stands of its path right before it.
        """
        found: dict[str, Mention] = {}
        for i in range(len(question)):
            for j in range(i + 1, min(len(question), i + self.longest) + 1):
                for content, mention in self._called(question, i, j):
                    found[content] = found[content] + mention if content in found else mention
        return found

    def ending(self, path: Sequence[str]) -> frozenset[str]:
        """Return the contents one of whose paths ends with these words, with its suffix."""
        return frozenset(
            file.content
            for i in range(len(path))
            for file in self.files.get(" ".join(path[i:]), ())
            if file.exact and file.path[-len(path) :] == tuple(path)
        )

    def _called(self, question: Sequence[str], i: int, j: int) -> Iterator[tuple[str, Mention]]:
        """Yield who is called by question[i:j], and what of the question that takes."""
        name = " ".join(question[i:j])
        for file in self.files.get(name, ()):
            first, left = i, len(file.path) - (j - i)
            while first and left and question[first - 1] == file.path[left - 1]:
                first, left = first - 1, left - 1
            if (words := telling(question[first:j])) and (file.exact or not counts(words)):
                several = j - first - file.exact > 1
                yield file.content, Mention(words, words, several, file.exact)
        if name in self.folders and (words := telling(question[i:j])) and not counts(words):
            mention = Mention(words, together=j - i > 1)
            yield from ((content, mention) for content in self.folders[name])


def whole_names(
    paths: Mapping[str, Sequence[PurePath]], folders: Mapping[str, Collection[str]]
) -> WholeNames:
    """Return the whole names of contents: `paths` are each one's, `folders` who lies in which."""
    files: dict[str, list[_File]] = {}
    leads: dict[PurePath, tuple[str, ...]] = {}
    for content, some in paths.items():
        for path in some:
            if (lead := leads.get(path.parent)) is None:
                lead = leads[path.parent] = tuple(words_in(str(path.parent)))
            for name in dict.fromkeys((path.name, path.stem)):
                words = tuple(words_in(name))
                exact = name == path.name
                files.setdefault(" ".join(words), []).append(_File(content, lead + words, exact))
    spelt: dict[str, frozenset[str]] = {}
    for folder, contents in folders.items():
        name = " ".join(words_in(folder))
        spelt[name] = spelt.get(name, frozenset()).union(contents)
    longest = max((name.count(" ") + 1 for name in (*files, *spelt)), default=0)
    return WholeNames(
        {name: tuple(some) for name, some in files.items()}, spelt, min(longest, _LONGEST)
    )


def telling(words: Sequence[str]) -> frozenset[str]:
    """Return the words of a name that tell it from others: stems, and digits that stand alone.

    >>> sorted(telling(["part", "2", "of", "films"]))
    ['2', 'film', 'part']
    """
    return stems(" ".join(words)) | {word for word in words if word.isdigit()}


def counts(words: Collection[str]) -> bool:
    """Whether words are but short numbers: in a question those mostly count something."""
    return all(word.isdigit() and len(word) < _A_YEAR for word in words)
