"""The joint stages: everything together learns to describe windows and to answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from indexer.describing.hardware import Hardware
from toy.training.auxiliary_heads import FITS_LAYER, FRAME_LAYERS, Heads
from toy.training.batches import Batch, Lesson, Windows
from toy.training.device import autocast, moved
from toy.training.token_rows import IGNORED, Rows
from toy.training.training_loop import Log, Optimisers, Plan, Saved, batches

_WINDOWS = 10
_SAVE_EVERY = 100
# The tower, already taught, learns at a slower rate.
_SLOW = 0.5
_SUMMARY_WEIGHT = 0.5
# What is added to the score of a token that is not to be seen.
_UNSEEN = -1e9
# The heads fade out between these shares of all steps.
_FADE = (0.7, 0.95)


@dataclass(frozen=True, slots=True)
class Stage:
    """A joint stage: how long and how fast, what is asked, and what the heads ask for.

    What a question's words fit is to be known after layer `fits_layer`; the heads count
    `heads_weight` at first.
    """

    name: str
    plan: Plan
    lesson: Lesson
    fits_layer: int = FITS_LAYER
    heads_weight: float = 0.5


def learn_together(
    network: Any, tokenizer: Any, heads: Heads, stage: Stage, folder: Path, hardware: Hardware
) -> None:
    """Teach `network` and `heads` in place, from where the stage was left."""
    plan = stage.plan
    optimisers = Optimisers(network, heads, plan, hardware, _SLOW)
    saved = Saved(folder / f"{stage.name}.pt")
    first = saved.load(network, heads, optimisers)
    log = Log(stage.name, plan.steps)
    windows = Windows(tokenizer, plan, _WINDOWS, stage.lesson)
    network.train()
    for step, drawn in enumerate(batches(windows, first), first):
        batch: Batch = moved(drawn, hardware.device)
        share = stage.heads_weight * _heads_share(step / plan.steps)
        loss, figures = _loss(network, heads, batch, share, stage.fits_layer, hardware)
        optimisers.step(loss, step)
        log.add(step, figures)
        if (step + 1) % _SAVE_EVERY == 0 or step + 1 == plan.steps:
            saved.save(step + 1, network, heads, optimisers)


def _heads_share(done: float) -> float:
    first, last = _FADE
    return min(1.0, max(0.0, (last - done) / (last - first)))


def _loss(
    network: Any,
    heads: Heads,
    batch: Batch,
    heads_share: float,
    fits_layer: int,
    hardware: Hardware,
) -> tuple[torch.Tensor, dict[str, float]]:
    """Return what to learn from a batch, and figures to watch."""
    with autocast(hardware):
        states, features, layers = _look(network, batch)
        told, text_layers = _read(network, batch.texts, _embedded(network, batch.texts))
        words, right = _answers_loss(network, states, batch.rows)
        summed, _ = _answers_loss(network, told, batch.texts)
    loss = words + _SUMMARY_WEIGHT * summed
    figures = {"words": words.item(), "summary": summed.item(), "token right": right}
    if heads_share:
        features = features.float()
        seen = heads.frame.loss(features, batch.seen)
        ends = [layers[number][_frame_ends(network, batch.rows)].float() for number in FRAME_LAYERS]
        moved, motion_right = heads.motion.loss(features, ends, batch.seen, len(batch.pixels))
        meant, fits_right, judged_right = heads.question.loss(layers, batch.rows, fits_layer)
        told_next = heads.question.told_loss(text_layers, batch.texts)
        loss = loss + heads_share * (seen + moved + meant + told_next)
        figures |= {
            "seen": seen.item(),
            "moved": moved.item(),
            "motion right": motion_right,
            "fits right": fits_right,
            "claims right": judged_right,
        }
    return loss, figures


def _look(network: Any, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    """Return what `_read` does of a batch's windows, and between these the frames' tokens."""
    rows = batch.rows
    seen = network.model.vision_model(pixel_values=batch.pixels.flatten(0, 1)).last_hidden_state
    features = network.model.connector(seen)
    embedded = _embedded(network, rows)
    image = rows.ids == network.config.image_token_id
    embedded = embedded.masked_scatter(image[..., None], features.to(embedded.dtype))
    states, layers = _read(network, rows, embedded)
    return states, features, layers


def _embedded(network: Any, rows: Rows) -> torch.Tensor:
    embedded: torch.Tensor = network.model.text_model.get_input_embeddings()(rows.ids)
    return embedded


def _read(
    network: Any, rows: Rows, embedded: torch.Tensor
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Return the last states of the tokens before those to be learnt, and what each layer reads.

    Shapes (such tokens, width) and (rows, tokens, width). The last layer's MLP, most of its work,
    is done for the first alone.
    """
    text = network.model.text_model
    mask, turns = _visible(rows), text.rotary_emb(embedded, rows.positions)
    layers = [embedded]
    *first, last = text.layers
    for layer in first:
        layers.append(layer(layers[-1], attention_mask=mask, position_embeddings=turns))
    attended, _ = last.self_attn(last.input_layernorm(layers[-1]), turns, mask)
    states = (layers[-1] + attended)[:, :-1][_learnt(rows)]
    states = states + last.mlp(last.post_attention_layernorm(states))
    return text.norm(states), layers


def _learnt(rows: Rows) -> torch.Tensor:
    """Return which tokens stand before one that is to be learnt, shape (rows, tokens - 1).

    A branch's first token is never learnt, so the state before a token is its own branch's.
    """
    return rows.labels[:, 1:] != IGNORED


def _frame_ends(network: Any, rows: Rows) -> torch.Tensor:
    """Return which tokens close a frame, shape (rows, tokens)."""
    image = rows.ids == network.config.image_token_id
    ends = torch.zeros_like(image)
    ends[:, 1:] = image[:, :-1] & ~image[:, 1:]
    return ends


def _visible(rows: Rows) -> torch.Tensor:
    """Return what to add to scores: 0 where one token sees another, else far below.

    Shape (rows, 1, tokens, tokens).
    """
    count = rows.ids.shape[1]
    earlier = torch.ones(count, count, dtype=torch.bool, device=rows.ids.device).tril()
    branch = rows.branches
    mine = (branch[:, :, None] == branch[:, None]) | (branch[:, None] == 0)
    return torch.where(earlier & mine, 0.0, _UNSEEN)[:, None]


def _answers_loss(network: Any, states: torch.Tensor, rows: Rows) -> tuple[torch.Tensor, float]:
    """Return the weighted cross-entropy of the answers' tokens, and the share that is right.

    `states` are those of the tokens before them.
    """
    learnt = _learnt(rows)
    scores = network.lm_head(states).float()
    labels, weights = rows.labels[:, 1:][learnt], rows.weights[:, 1:][learnt]
    lost = functional.cross_entropy(scores, labels, reduction="none")
    right = (scores.argmax(-1) == labels).float().mean().item()
    return (lost * weights).sum() / weights.sum(), right
