"""Yes or no from a model's next token: how likely each is, whatever words it would have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indexer.errors import ModelError

if TYPE_CHECKING:
    import torch

_YES = ("Yes", "yes", "YES")
_NO = ("No", "no", "NO")


class YesNo:
    """The tokens with which a tokenizer begins a yes and a no."""

    def __init__(self, tokenizer: Any) -> None:
        yes, no = _first_tokens(tokenizer, _YES), _first_tokens(tokenizer, _NO)
        if not (yes - no and no - yes):
            raise ModelError(
                "This model begins yes and no with the same token, so how sure it is cannot be"
                " told: choose another --model."
            )
        self._yes, self._no = sorted(yes - no), sorted(no - yes)

    def probabilities(self, logits: torch.Tensor) -> list[float]:
        """Return how likely yes is where it is yes or no; `logits` are (prompts, vocabulary)."""
        yes = logits[:, self._yes].float().logsumexp(1)
        no = logits[:, self._no].float().logsumexp(1)
        probabilities: list[float] = (yes - no).sigmoid().tolist()
        return probabilities


def _first_tokens(tokenizer: Any, words: tuple[str, ...]) -> set[int]:
    """Return the tokens that are one of some words, after a space or not, else begin one."""
    spelt = [
        tokenizer.encode(space + word, add_special_tokens=False)
        for word in words
        for space in (" ", "")
    ]
    return {ids[0] for ids in spelt if len(ids) == 1} or {ids[0] for ids in spelt if ids}
