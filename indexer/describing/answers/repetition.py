"""When an answer being written has begun to repeat itself: writing on would add no words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

# Tokens that a loop has gone through before it is called one, in three rounds or more.
_LOOP = 12
# A sentence of fewer tokens may be said twice.
_SENTENCE = 4


def repeats(answer: Sequence[int], sentence_ends: Collection[int] = ()) -> bool:
    """Whether the last of an answer's tokens say for nothing but what the ones before said.

    That is a sentence said twice in a row (it ends with one of `sentence_ends`), or three rounds
    of the same tokens. No token is made likelier or unlikelier: the words until then are the
    model's own, and what is left out when it stops here is left out of a description anyway
    (`wording.cleaned`), unless a model leaves its loop by itself.

    >>> repeats([7, 8, 9, 10, 3, 7, 8, 9, 10, 3], [3])
    True
    """
    if not answer:
        return False
    length, last = len(answer), answer[-1]
    closes = last in sentence_ends
    for period in range(1, length // 2 + 1):
        if answer[-1 - period] != last:
            continue
        said = answer[length - period :]
        if said != answer[length - 2 * period : length - period]:
            continue
        if closes and period >= _SENTENCE:
            return True
        rounds = max(3, -(-_LOOP // period))
        if length >= rounds * period and all(
            answer[length - (i + 1) * period : length - i * period] == said
            for i in range(2, rounds)
        ):
            return True
    return False


def sentence_ends(vocabulary: dict[str, int]) -> frozenset[int]:
    """Return the tokens that end a sentence, of a tokenizer's vocabulary."""
    return frozenset(number for token, number in vocabulary.items() if token[-1:] in tuple(".!?"))
