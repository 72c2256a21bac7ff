"""Training batches by step number: the same seed and step give the same batch, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from toy.dataset.claim_questions import ask_closely, ask_simply
from toy.dataset.frame_rendering import (
    SIDE,
    Grid,
    Pictures,
    filmed,
    frames_of,
    mask_of,
    outline_of,
)
from toy.dataset.question import Question, pick
from toy.dataset.question_families import ASKED, ask, describe, summarise
from toy.dataset.random_windows import DrawnWindow, draw_scene, draw_window
from toy.dataset.visible_labels import Sight
from toy.training.network import UTTERANCE_END
from toy.training.token_rows import Row, Rows, branch_of, stem_of, together
from toy.training.training_loop import Plan
from toy.world.drawing import draw
from toy.world.scenes import BACKGROUNDS, COLOURS, MOTIONS, SHAPES, SIZES

# How many frames a window has, and how often: eight mostly, few or many now and then.
_FRAMES = {8: 0.66, 1: 0.01, 2: 0.02, 3: 0.03, 4: 0.05, 5: 0.03, 6: 0.05, 7: 0.03, 10: 0.04}
_FRAMES |= {12: 0.04, 16: 0.04}
# So many windows show one, two and three scenes while things are easy; and after it.
_SCENES_EARLY, _SCENES = (0.7, 0.26, 0.04), (0.35, 0.5, 0.15)
# How many questions with yes or no are about one attribute while things are easy.
_SIMPLE = 0.6
# How often a description is worded any way rather than its own.
_ANY_WORDING = 0.1
# So many tokens are said and asked about a window: its description and what else fits in.
_ASKED_TOKENS = 170
# How many descriptions are summed up in text alone; in a batch equally many, so that its rows are
# about as long and little of them is padding. And how many such requests go with each window.
_SUMMED = (2, 3, 4)
_TEXTS = 1.0

# Of a growing or shrinking shape no size is named, of a medium one none either.
NAMED_SIZES = ("", *SIZES)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is true of some frames, in rows of them; -1 where a name does not apply.

    `place` is x, y and radius scaled to about -1 to 1, shape (frames, 3); `motion` that of the
    scene once three frames show it, `size` as it is to be named then, of NAMED_SIZES; `goes_on`
    whether a frame's scene is the one before it.
    """

    background: torch.Tensor
    colour: torch.Tensor
    shape: torch.Tensor
    motion: torch.Tensor
    size: torch.Tensor
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


def _shares(*shares: float) -> dict[str, float]:
    return dict(zip(ASKED, shares, strict=True))


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is asked of windows: how often each kind of question beside the description.

    For the first share `easy` of the steps most windows show one scene and most questions with yes
    or no are about one attribute; of later ones the share `motion_alone` is decided by the motion
    alone. A word of an answer counts `answer_weight` times as much as one of a description.
    """

    number: int
    shares: Mapping[str, float]
    easy: float = 0.0
    motion_alone: float = 0.0
    answer_weight: float = 3.0


EVERYTHING = Lesson(2, _shares(0.32, 0.16, 0.13, 0.11, 0.15, 0.13), easy=0.25)
CLAIMS = Lesson(3, _shares(0.5, 0.22, 0.06, 0.06, 0.1, 0.06), motion_alone=0.6)
BALANCE = Lesson(4, _shares(0.42, 0.18, 0.09, 0.08, 0.13, 0.1), motion_alone=0.4, answer_weight=2.0)


class Windows(Dataset[Batch]):
    """Joint batches of a lesson by step number: the same seed and step give the same batch."""

    def __init__(self, tokenizer: Any, plan: Plan, windows: int, lesson: Lesson) -> None:
        self._tokenizer, self._plan, self._windows = tokenizer, plan, windows
        self._lesson = lesson

    def __len__(self) -> int:
        return self._plan.steps

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._plan.seed, self._lesson.number, step])
        frames = int(rng.choice(list(_FRAMES), p=list(_FRAMES.values())))
        count = self._windows * 2 if frames < 4 else self._windows
        count = max(4, count * 8 // frames) if frames > 8 else count
        early = step < self._lesson.easy * self._plan.steps
        scenes = rng.choice([1, 2, 3], count, p=_SCENES_EARLY if early else _SCENES)
        most = frames // 2 if frames > 3 else 1
        drawn = [draw_window(rng, frames, scenes=min(int(each), most)) for each in scenes]
        pixels = np.stack([frames_of(rng, window) for window in drawn])
        rows = [self._row(rng, window, frames, simple=early) for window in drawn]
        summed = pick(rng, _SUMMED)
        texts = [self._text(summarise(rng, summed)) for _ in range(max(1, int(_TEXTS * count)))]
        return Batch(_scaled(pixels), together(rows), together(texts), _seen(drawn))

    def _row(
        self, rng: np.random.Generator, window: DrawnWindow, frames: int, *, simple: bool
    ) -> Row:
        first = 0.0 if rng.random() < 0.9 else rng.uniform(0, 49)
        step = window.length_s / frames
        times = [first + step * (number + 0.5) for number in range(frames)]
        row = Row(self._ids(stem_of(frames, times, first + window.length_s)))
        full = len(row.ids) + _ASKED_TOKENS
        question: Question | None = describe(window.sights, rng, _ANY_WORDING)
        while question is None or self._add(row, question, full):
            question = self._question(rng, window.sights, simple=simple)
        return row

    def _question(
        self, rng: np.random.Generator, sights: Sequence[Sight], *, simple: bool
    ) -> Question | None:
        shares = self._lesson.shares
        kind = str(rng.choice(list(shares), p=list(shares.values())))
        if kind == "yes/no" and simple and rng.random() < _SIMPLE:
            return ask_simply(sights, rng)
        if kind == "yes/no" and not simple and rng.random() < self._lesson.motion_alone:
            return ask_closely(sights, rng)
        return ask(kind, sights, rng)

    def _add(self, row: Row, question: Question, full: int) -> bool:
        """Add a question to a row, with its marks on the tokens that end the marked words.

        Unless that makes the row longer than `full` tokens; return whether it did not.
        """
        said, answer = (self._tokens(text) for text in branch_of(question))
        if len(row.ids) + len(said.ids) + len(answer.ids) > full:
            return False
        weight = 1.0 if question.kind == "caption" else self._lesson.answer_weight
        row.add(said.ids, answer.ids, weight)
        before = branch_of(question)[0].index(question.text)
        ends = [end for _, end in said.offsets]
        for mark in question.marks:
            row.mark(next(i for i, end in enumerate(ends) if end >= before + mark.end), mark)
        if question.marks:
            row.judge(len(ends) - 1, question.marks)
        return True

    def _text(self, question: Question) -> Row:
        row = Row([])
        said = self._ids(f"<|im_start|>User: {question.text}{UTTERANCE_END}\nAssistant:")
        answer = self._tokens(f" {question.answer}{UTTERANCE_END}")
        row.add(said, answer.ids, 1.0)
        for mark in question.told:
            before = sum(mark.end > 0 and end <= mark.end + 1 for _, end in answer.offsets)
            row.mark(len(said) - 1 + before, mark)
        return row

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokens(text).ids
        return ids

    def _tokens(self, text: str) -> Any:
        return self._tokenizer.backend_tokenizer.encode(text, add_special_tokens=False)


def _scaled(pictures: np.ndarray) -> torch.Tensor:
    """Return uint8 pictures (..., side, side, 3) as the processor scales them, channels first."""
    return torch.from_numpy(pictures).movedim(-1, -3).float().div_(127.5).sub_(1)


def _seen(windows: list[DrawnWindow]) -> Seen:
    rows = []
    for window in windows:
        for shot in window.shots:
            motion = MOTIONS.index(shot.sight.motion) if shot.sight.motion else -1
            size = NAMED_SIZES.index(shot.sight.size) if shot.sight.motion else -1
            for number, time_s in enumerate(shot.times_s):
                known = (motion, size) if number >= 2 else (-1, -1)
                rows.append((*_facts(shot.scene, time_s), *known, number > 0))
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
    names = table[:, [0, 1, 2, 6, 7]].long()
    return Seen(
        background=names[:, 0],
        colour=names[:, 1],
        shape=names[:, 2],
        motion=names[:, 3],
        size=names[:, 4],
        place=table[:, 3:6],
        goes_on=table[:, 8],
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
            facts.append((*_facts(scene, time_s), -1, -1, 0))
            masks.append(mask_of(scene, time_s))
            outlines.append(outline_of(scene, time_s))
        return Glances(
            _scaled(np.stack(pictures)),
            _seen_of(facts),
            torch.from_numpy(np.stack(masks)),
            torch.from_numpy(np.stack(outlines)),
        )
