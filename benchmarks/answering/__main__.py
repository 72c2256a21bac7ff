"""How well the model answers, verifies and tightens, on held-out films; and what it costs.

    python -m benchmarks.answering [--films 30] [--each 20] [--half report] [--parts verify,...]

The films are drawn and encoded anew, with seeds of their own, indexed with the toy model as a user
would, and kept in --folder for the next run. The tuning half chose the level from which a moment
is confirmed; the other one is reported. With --model FOLDER only time is measured, on a checkpoint
of a real size (`benchmarks.real_size` makes one): its words mean nothing.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, median
from tempfile import gettempdir
from time import perf_counter

import numpy as np

from answering import Answering
from answering.answer_merging import Answer
from answering.answering import CONFIRMED, HOPELESS
from answering.border_search import Closeness
from answering.clip_cache import ClipCache, Look
from answering.video_reference import VideoReference
from answering.yes_no_criteria import verified_first
from benchmarks.answering.library import HALVES, SEED, Shown, World, make_world, scenes_of
from benchmarks.answering.questions import ANSWERABLE, Query, half_shared, queries, same, sight_of
from indexer.describing.describer import Describer, DescriberOptions, load_describer
from indexer.windows import Window, tile
from search.ranking.moments import Check, Moment
from toy.dataset.claim_questions import claim
from toy.dataset.question_families import ASKED, ask, right
from toy.dataset.question_wordings import COLOUR
from toy.dataset.visible_labels import Sight

_LEVELS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_MOST = 5
_PARTS = ("verify", "tighten", "ask", "time")


def main() -> None:
    """Film, index, ask, verify, tighten, count; print Markdown tables."""
    arguments = _arguments()
    describer = load_describer(DescriberOptions(arguments.model, dtype=arguments.dtype))
    toy = load_describer(DescriberOptions("toy")) if arguments.model != "toy" else describer
    world = make_world(arguments.folder, arguments.half, arguments.films, toy)
    print(f"{len(world.films)} films, {len(world.scenes)} scenes, {arguments.half} half\n")
    asked = queries(world, arguments.each, SEED)
    wanted = arguments.parts.split(",") if arguments.model == "toy" else ["time"]
    closely = Closeness(longest_ms=round(1000 * arguments.longest), frames=arguments.frames)
    if "verify" in wanted:
        _verify(world, describer, asked, closely, arguments.hopeless)
    if "tighten" in wanted:
        _tighten(world, describer, asked, replace(closely, span_ms=round(1000 * arguments.span)))
    if "ask" in wanted:
        _ask(world, describer, arguments.each, SEED)
    if "time" in wanted:
        _time(world, describer, asked[: arguments.timed], closely, arguments.rounds)


def _verify(
    world: World,
    describer: Describer,
    asked: Sequence[Query],
    closely: Closeness,
    hopeless: float,
) -> None:
    """Print what each level of probability would do, and precision before and after."""
    began = perf_counter()
    found: list[tuple[Query, list[Moment]]] = []
    # A level that is never reached: every part of every moment is looked at, for the curve.
    with Answering(
        world.library, describer, closeness=closely, least=1.01, hopeless=hopeless
    ) as answering:
        for query in asked:
            moments = world.library.search(query.text, 2 * _MOST)
            checks = answering.verify(query.text, moments, most=_MOST)
            for checked in checks:
                moments[checked.number] = checked.moment
            found.append((query, moments))
    print(f"### Verify, {perf_counter() - began:.0f} s\n")
    _print_curve(world, found)
    print("| questions | | found | precision@1 | precision@5 | nothing confirmed |")
    print("|---|---|---|---|---|---|")
    for kind in dict.fromkeys(query.kind for query, _ in found):
        some = [(query, moments) for query, moments in found if query.kind == kind]
        _print_precision(world, kind, some)
    _print_precision(world, "all", found)
    print(flush=True)


def _print_curve(world: World, found: Sequence[tuple[Query, list[Moment]]]) -> None:
    """Print, for each level, which moments it confirms and which questions it leaves without."""
    print("| level | right confirmed | wrong rejected | unanswerable without any |")
    print("|---|---|---|---|")
    for level in _LEVELS:
        marks: dict[bool, list[bool]] = defaultdict(list)
        without = []
        for query, moments in found:
            sure = [
                (bool(query.right(moment, world)), probability >= level)
                for moment in moments
                if moment.check and (probability := moment.check.probability) is not None
            ]
            for is_right, confirmed in sure:
                marks[is_right].append(confirmed == is_right)
            if query.kind != ANSWERABLE:
                without.append(not any(confirmed for _, confirmed in sure))
        cells = (marks[True], marks[False], without)
        print(f"| {level} | {' | '.join(_percent(each) for each in cells)} |")
    print()


def _print_precision(world: World, kind: str, found: Sequence[tuple[Query, list[Moment]]]) -> None:
    """Print how often the best and the best five are right; nothing is, where there is no answer.

    After verifying, only what was confirmed counts.
    """
    rows: dict[str, list[tuple[bool, float, float, bool]]] = {"before": [], "after": []}
    for query, moments in found:
        after = [_judged(moment) for moment in moments]
        confirmed = [m for m in verified_first(after) if m.check and m.check.verified]
        for way, shown in (("before", moments), ("after", confirmed)):
            marks = [bool(query.right(moment, world)) for moment in shown[:_MOST]]
            first = float(marks[0]) if marks else float(query.kind != ANSWERABLE)
            five = mean(marks) if marks else float(query.kind != ANSWERABLE)
            rows[way].append((any(marks), first, five, not shown))
    for way, marked in rows.items():
        columns = [list(column) for column in zip(*marked, strict=True)]
        print(f"| {kind} ({len(marked)}) | {way} | {' | '.join(map(_percent, columns))} |")


def _judged(moment: Moment) -> Moment:
    """Return a moment with the verdict that the built-in level gives."""
    check = moment.check
    if check is None or check.probability is None:
        return moment
    return replace(moment, check=Check(check.probability >= CONFIRMED, check.probability))


def _tighten(
    world: World, describer: Describer, asked: Sequence[Query], closely: Closeness
) -> None:
    """Print the overlap of the first right moment with its scene, before and after."""
    began = perf_counter()
    before, after, apart = [], [], []
    with Answering(world.library, describer, closeness=closely) as answering:
        for query in asked:
            moments = world.library.search(query.text, _MOST)
            first = next((m for m in moments if query.right(m, world)), None)
            if first is None:
                continue
            scene = query.right(first, world)
            assert scene is not None
            (tight,) = answering.tighten(query.text, [first])
            before.append(_overlap(first, scene.window))
            after.append(_overlap(tight.moment, scene.window))
            apart += [
                abs(tight.moment.start_ms - scene.window.start_ms) <= 1_000,
                abs(tight.moment.end_ms - scene.window.end_ms) <= 1_000,
            ]
    print(f"### Tighten, {perf_counter() - began:.0f} s\n")
    print("| moments | mean tIoU before | after | borders within a second |\n|---|---|---|---|")
    print(f"| {len(before)} | {mean(before):.3f} | {mean(after):.3f} | {_percent(apart)} |\n")


def _overlap(moment: Moment, window: Window) -> float:
    both_ms = min(moment.end_ms, window.end_ms) - max(moment.start_ms, window.start_ms)
    all_ms = max(moment.end_ms, window.end_ms) - min(moment.start_ms, window.start_ms)
    return max(0, both_ms) / all_ms


def _ask(world: World, describer: Describer, each: int, seed: int) -> None:
    """Print how often the answer is right, by kind of question."""
    began = perf_counter()
    rng = np.random.default_rng(seed)
    marks: dict[str, list[bool]] = defaultdict(list)
    with Answering(world.library, describer) as answering:
        for film in world.asked:
            scenes = [(shown, sight) for shown in scenes_of(film) if (sight := sight_of(shown))]
            for shown, sight in scenes[:2]:
                if len(marks["no answer"]) < each:
                    _ask_scene(answering, shown, sight, rng, marks)
            for shown, sight in scenes[:1]:
                others = [seen for other, seen in scenes if other != shown]
                if len(marks["when, of a film"]) < each and not any(same(o, sight) for o in others):
                    marks["when, of a film"].append(_when(answering, shown, sight, rng))
        for query in queries(world, each // 2, seed):
            if query.kind == ANSWERABLE:
                marks["yes/no, of the library"].append(_from_library(answering, query, world))
            else:
                answers = _answers(answering, f"Is there {query.text}?", None)
                marks["no answer, of the library"].append(not answers)
    print(f"### Ask, {perf_counter() - began:.0f} s\n\n| kind | questions | right |\n|---|---|---|")
    for kind, right_ones in marks.items():
        print(f"| {kind} | {len(right_ones)} | {_percent(right_ones)} |")
    print(flush=True)


def _ask_scene(
    answering: Answering,
    shown: Shown,
    sight: Sight,
    rng: np.random.Generator,
    marks: dict[str, list[bool]],
) -> None:
    """Ask one question of each kind about a stretch of a scene, and one about what is not there."""
    start_ms = shown.window.start_ms
    place = VideoReference(shown.path, start_ms, min(shown.window.end_ms, start_ms + 8_000))
    for kind in ASKED:
        question = ask(kind, (sight,), rng) if kind != "match" else None
        if question is None:
            continue
        answers = _answers(answering, question.text, place)
        marks[kind].append(bool(answers) and right(question, answers[0].text))
    other = "star" if sight.shape != "star" else "moon"
    way = COLOUR[int(rng.integers(len(COLOUR)))]
    marks["no answer"].append(not _answers(answering, way.format(f"the {other}"), place))


def _when(answering: Answering, shown: Shown, sight: Sight, rng: np.random.Generator) -> bool:
    """Whether a whole film's answer to when something is seen names its scene."""
    said = claim(sight, ("colour", "shape", "motion", "background"), rng)[0]
    answers = _answers(answering, f"When is there {said}?", VideoReference(shown.path))
    runs = answers[0].rests_on if answers else ()
    return any(_shared(run, shown.window) >= 0.5 for run in runs)


def _shared(one: Window, other: Window) -> float:
    both_ms = min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)
    return both_ms / (max(one.end_ms, other.end_ms) - min(one.start_ms, other.start_ms))


def _from_library(answering: Answering, query: Query, world: World) -> bool:
    """Whether the library's surest answer comes from a scene that is meant."""
    answers = _answers(answering, f"Is there {query.text}?", None)
    if not answers or answers[0].video is None:
        return False
    best = answers[0]
    assert best.video is not None
    moment = Moment(best.video, best.start_ms, best.end_ms, 1.0, "")
    return any(
        shown.path == best.video.path
        and same(sight_of(shown), query.meant)
        and half_shared(moment, shown)
        for shown in world.scenes
    )


def _answers(answering: Answering, question: str, place: VideoReference | None) -> list[Answer]:
    heard = [item for item in answering.ask(question, place) if isinstance(item, Answer)]
    return sorted(heard, key=lambda answer: -(answer.probability or 0.0))


def _time(
    world: World, describer: Describer, asked: Sequence[Query], closely: Closeness, rounds: int
) -> None:
    """Print seconds a verified moment against seconds a described window, decoding included.

    Both in turns, so that what else the machine does falls on both.
    """
    windows = [
        Look(film.path, window, 8)
        for film in world.films[: max(2, len(asked) // 2)]
        for window in tile(scenes_span(film.path, world), 10_000)
    ]
    moments = [(query, world.library.search(query.text, _MOST)) for query in asked]
    checked = sum(len(found) for _, found in moments)
    describing, verifying = [], []
    for _ in range(rounds):
        began = perf_counter()
        watcher = ClipCache(describer.edge)
        clips = [clip for _, clip in watcher.clips(windows)]
        for start in range(0, len(clips), describer.batch_size):
            describer.describe(clips[start : start + describer.batch_size])  # type: ignore[arg-type]
        watcher.close()
        describing.append((perf_counter() - began) / len(windows))
        began = perf_counter()
        with Answering(world.library, describer, closeness=closely) as answering:
            for query, found in moments:
                list(answering.verify(query.text, found, most=_MOST))
        verifying.append((perf_counter() - began) / checked)
    print(f"### Time, {len(windows)} windows and {checked} moments, {rounds} rounds in turn\n")
    print("| s a described window | s a verified moment | ratio |\n|---|---|---|")
    ratios = [v / d for v, d in zip(verifying, describing, strict=True)]
    print(f"| {median(describing):.3f} | {median(verifying):.3f} | {median(ratios):.2f} |\n")


def scenes_span(path: Path, world: World) -> Window:
    """Return a film from its first scene's start to its last one's end."""
    times = [shown.window for shown in world.scenes if shown.path == path]
    return Window(times[0].start_ms, times[-1].end_ms)


def _percent(marks: Sequence[bool | float]) -> str:
    return f"{100 * mean(marks):.1f}" if marks else "-"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answering", description=__doc__)
    parser.add_argument("--films", type=int, default=30, help="of four scenes each")
    parser.add_argument("--each", type=int, default=20, help="questions of each kind")
    parser.add_argument("--half", choices=HALVES, default="report")
    parser.add_argument("--parts", default=",".join(_PARTS), help="with commas between")
    parser.add_argument("--folder", type=Path, default=Path(gettempdir()) / "scenelist-answering")
    parser.add_argument("--model", default="toy", help="or a checkpoint's folder, for its time")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--longest", type=float, default=Closeness().longest_ms / 1000)
    parser.add_argument("--frames", type=int, default=Closeness().frames)
    parser.add_argument("--hopeless", type=float, default=HOPELESS)
    parser.add_argument("--span", type=float, default=Closeness().span_ms / 1000)
    parser.add_argument("--timed", type=int, default=12, help="questions whose moments are timed")
    parser.add_argument("--rounds", type=int, default=3, help="of timing, in turn")
    return parser.parse_args()


if __name__ == "__main__":
    main()
