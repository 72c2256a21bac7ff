"""Training batches by step number: the same seed and step give the same batch, whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from toyworld.drawing import draw
from toyworld.world import BACKGROUNDS, COLOURS, MOTIONS, SHAPES
from training.network import UTTERANCE_END
from training.pictures import SIDE, Grid, Pictures, filmed, frames_of, mask_of, outline_of
from training.questions import Question, ask, ask_simply, describe, summarise
from training.rows import Row, Rows, branch_of, stem_of, together
from training.steps import Plan
from training.windows import DrawnWindow, draw_scene, draw_window

# How often each kind is asked beside the description.
_SHARES = {
    "yes/no": 0.4,
    "match": 0.2,
    "colour": 0.1,
    "shape": 0.1,
    "motion": 0.12,
    "background": 0.08,
}
# In the first share of a stage, so many windows show a single scene, and so many of the questions
# with yes or no are about one attribute.
_EARLY, _SINGLE, _SIMPLE = 0.25, 0.5, 0.6
# How often a description is worded any way rather than its own.
_ANY_WORDING = 0.1
# What a word of an answer counts, against one of a description.
_ANSWER_WEIGHT = 5.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What is true of some frames, in rows of them; -1 where a name does not apply.

    `place` is x, y and radius scaled to about -1 to 1, shape (frames, 3); `motion` that of the
    scene once three frames show it; `goes_on` whether a frame's scene is the one before it.
    """

    background: torch.Tensor
    colour: torch.Tensor
    shape: torch.Tensor
    motion: torch.Tensor
    place: torch.Tensor
    goes_on: torch.Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows with their rows: `pixels` float32, shape (windows, frames, 3, SIDE, SIDE)."""

    pixels: torch.Tensor
    rows: Rows
    texts: Rows
    seen: Seen


@dataclass(frozen=True, slots=True)
class Glances:
    """Single frames with what is in them; masks and outlines as `pictures` draws them."""

    pixels: torch.Tensor
    seen: Seen
    masks: torch.Tensor
    outlines: torch.Tensor


class Windows(Dataset[Batch]):
    """Joint batches by step number: the same seed and step give the same batch."""

    def __init__(self, tokenizer: Any, plan: Plan, windows: int, questions: int) -> None:
        self._tokenizer, self._plan = tokenizer, plan
        self._windows, self._questions = windows, questions

    def __len__(self) -> int:
        return self._plan.last

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._plan.seed, 2, step, self._questions])
        frames = 8 if rng.random() < 0.8 else int(rng.choice([1, 2, 3, 4, 5, 6, 7, 10, 12, 16]))
        count = self._windows * 2 if frames < 4 else self._windows
        count = max(4, count * 8 // frames) if frames > 8 else count
        early = step < _EARLY * self._plan.steps
        single = _SINGLE if early else 0.0
        drawn = [
            draw_window(rng, frames, scenes=1 if rng.random() < single else 0) for _ in range(count)
        ]
        pixels = np.stack([frames_of(rng, window) for window in drawn])
        rows = [self._row(rng, window, frames, simple=early) for window in drawn]
        texts = [self._text(summarise(rng)) for _ in range(max(1, count // 4))]
        return Batch(_scaled(pixels), together(rows), together(texts), _seen(drawn))

    def _row(
        self, rng: np.random.Generator, window: DrawnWindow, frames: int, *, simple: bool
    ) -> Row:
        first = 0.0 if rng.random() < 0.8 else rng.uniform(0, 3000)
        step = window.length_s / frames
        times = [first + step * (number + 0.5) for number in range(frames)]
        row = Row(self._ids(stem_of(frames, times, first + window.length_s)))
        questions = [describe(window.sights, rng, _ANY_WORDING)]
        kinds = rng.choice(list(_SHARES), self._questions, p=list(_SHARES.values()))
        for kind in kinds:
            simply = simple and kind == "yes/no" and rng.random() < _SIMPLE
            sights = window.sights
            question = ask_simply(sights, rng) if simply else ask(str(kind), sights, rng)
            if question is not None:
                questions.append(question)
        for question in questions:
            self._branch(row, question, 1.0 if question.kind == "caption" else _ANSWER_WEIGHT)
        return row

    def _branch(self, row: Row, question: Question, weight: float) -> None:
        """Add a question to a row, with its marks on the tokens that end the marked words."""
        said, answer = branch_of(question)
        tokens = self._tokenizer(said, add_special_tokens=False, return_offsets_mapping=True)
        row.add(tokens["input_ids"], self._ids(answer), weight)
        before = said.index(question.text)
        ends = [end for _, end in tokens["offset_mapping"]]
        for mark in question.marks:
            row.mark(next(i for i, end in enumerate(ends) if end >= before + mark.end), mark)
        if question.marks:
            row.judge(len(ends) - 1, question.marks)

    def _text(self, question: Question) -> Row:
        row = Row([])
        prompt = f"<|im_start|>User: {question.text}{UTTERANCE_END}\nAssistant:"
        row.add(self._ids(prompt), self._ids(f" {question.answer}{UTTERANCE_END}"), 1.0)
        return row

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids


def _scaled(pictures: np.ndarray) -> torch.Tensor:
    """Return uint8 pictures (..., side, side, 3) as the processor scales them, channels first."""
    return torch.from_numpy(pictures).movedim(-1, -3).float().div_(127.5).sub_(1)


def _seen(windows: list[DrawnWindow]) -> Seen:
    rows = []
    for window in windows:
        for shot in window.shots:
            motion = MOTIONS.index(shot.sight.motion) if shot.sight.motion else -1
            for number, time_s in enumerate(shot.times_s):
                rows.append(
                    (*_facts(shot.scene, time_s), motion if number >= 2 else -1, number > 0)
                )
    return _seen_of(rows)


def _facts(scene: Any, time_s: float) -> tuple[float, ...]:
    pose = scene.pose(time_s)
    ground = BACKGROUNDS.index(scene.background)
    if not pose.visible:
        return (ground, -1, -1, 0, 0, 0)
    return (
        ground,
        list(COLOURS).index(scene.colour),
        SHAPES.index(scene.shape),
        pose.x / scene.aspect * 2 - 1,
        pose.y * 2 - 1,
        pose.radius * 4,
    )


def _seen_of(rows: list[tuple[float, ...]]) -> Seen:
    table = torch.tensor(rows, dtype=torch.float32)
    names = table[:, [0, 1, 2, 6]].long()
    return Seen(
        background=names[:, 0],
        colour=names[:, 1],
        shape=names[:, 2],
        motion=names[:, 3],
        place=table[:, 3:6],
        goes_on=table[:, 7],
    )


class Frames(Dataset[Glances]):
    """Batches of single frames by step number, for the vision stage."""

    def __init__(self, seed: int, steps: int, frames: int, easy_steps: int) -> None:
        self._seed, self._steps, self._frames = seed, steps, frames
        self._easy_steps = easy_steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> Glances:
        rng = np.random.default_rng([self._seed, 1, step])
        pictures: list[Pictures] = []
        facts: list[tuple[float, ...]] = []
        masks: list[Grid] = []
        outlines: list[Grid] = []
        least = 0.17 if step < self._easy_steps else 0.0
        while len(pictures) < self._frames:
            aspect = 16 / 9 if rng.random() < 1 / 3 else 4 / 3
            scene = draw_scene(rng, 8.0, aspect, empty=0.0)
            time_s = rng.uniform(0, 8)
            pose = scene.pose(time_s)
            if not pose.visible or pose.radius < least:
                continue
            soft = rng.uniform(0.45, 0.75)
            pictures.append(filmed(rng, draw(scene, [time_s], SIDE, SIDE, soft))[0])
            facts.append((*_facts(scene, time_s), -1, 0))
            masks.append(mask_of(scene, time_s))
            outlines.append(outline_of(scene, time_s))
        return Glances(
            _scaled(np.stack(pictures)),
            _seen_of(facts),
            torch.from_numpy(np.stack(masks)),
            torch.from_numpy(np.stack(outlines)),
        )
