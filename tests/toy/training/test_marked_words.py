"""Marks of a question are, in the rows that train, on the tokens they are about."""

import numpy as np
from transformers import PreTrainedTokenizerFast

from tests.toy.training.plans import plan
from toy.dataset.question_families import ASKED, ask
from toy.dataset.random_windows import draw_window
from toy.training.batches import EVERYTHING, Windows


def test_marks_in_an_answer_lie_on_the_token_before_what_they_are_about(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    texts = Windows(tokenizer, plan(3), 2, EVERYTHING)[0].texts
    for row, token, *_ in texts.about.tolist():
        said = tokenizer.decode(texts.ids[row, : token + 1])
        assert said.endswith((" then", "Assistant:"))


def test_marks_are_on_the_words_they_are_about(tokenizer: PreTrainedTokenizerFast) -> None:
    """Of a claim each attribute's last word, of a reference its last: checked in their text."""
    rng = np.random.default_rng(6)
    claims = references = 0
    for _ in range(200):
        sights = draw_window(rng, 8).sights
        for kind in ASKED:
            question = ask(kind, sights, rng)
            for mark in question.marks if question is not None else ():
                assert question is not None
                assert question.text[: mark.end].split()[-1].strip('"')
                assert question.text[mark.end : mark.end + 1] in {"", " ", "?", ".", '"'}
                assert len(mark.fits) in {0, len(sights)}
                claims += bool(mark.fits)
                references += mark.about is not None
            if question is not None and question.kind == "yes/no":
                scenes = zip(*(mark.fits for mark in question.marks), strict=True)
                fits = any(all(scene) for scene in scenes)
                assert question.answer == ("Yes." if fits else "No.")
    assert claims > 300
    assert references > 300
    rows = Windows(tokenizer, plan(1), 6, EVERYTHING)[0].rows
    said = tokenizer.convert_ids_to_tokens(rows.ids[rows.fits[:, 0], rows.fits[:, 1]])
    assert said
    assert not {"Ġa", "Ġin", "Answer"} & set(said)
    assert (rows.branches[rows.about[:, 0], rows.about[:, 1]] > 0).all()
