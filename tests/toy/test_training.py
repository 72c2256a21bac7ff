"""The toy's training: words that read back, labels that are true, rows the model really gets."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast
from transformers.video_utils import VideoMetadata

from indexer.describing.hardware import Hardware
from toy.dataset.caption_language import (
    MOTION_WORDS,
    PLACES,
    Chooser,
    caption,
    read_caption,
    read_summary,
    summary,
)
from toy.dataset.claim_questions import ask_closely
from toy.dataset.heldout_films import look, make_films
from toy.dataset.question_families import ASKED, ask, describe, right, summarise
from toy.dataset.random_windows import draw_scene, draw_window
from toy.dataset.visible_labels import Sight, held_out, see
from toy.training.auxiliary_heads import FITS_LAYER, FrameHead, Heads
from toy.training.batches import BALANCE, CLAIMS, EVERYTHING, Frames, Windows
from toy.training.device import autocast, choose, moved
from toy.training.fused_attention import train_fast
from toy.training.joint_stage import _embedded, _frame_ends, _look, _loss, _read, _visible
from toy.training.muon import Muon
from toy.training.network import make_network, make_processor, make_tokenizer, save
from toy.training.token_rows import IGNORED, Row, branch_of, stem_of, together
from toy.training.training_loop import Optimisers, Plan, Saved
from toy.world.scenes import COLOURS, SHAPES, Scene

CPU = Hardware("cpu", torch.float32)


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return make_tokenizer(0)


def plan(seed: int) -> Plan:
    return Plan(steps=10, muon=0.006, adam=1e-3, hold=0.5, seed=seed)


def test_descriptions_read_back_as_what_was_seen() -> None:
    rng = np.random.default_rng(0)
    for _ in range(500):
        sights = draw_window(rng, int(rng.integers(1, 13))).sights
        assert read_caption(caption(sights, Chooser(rng, 0.5))) == sights


def test_summaries_read_back_and_say_each_thing_once() -> None:
    sights = [Sight("sea", "red", "star"), Sight("sea", "red", "star"), Sight("night")]
    assert summary(sights) == (
        "A red star over the blue sea, then nothing under a starry night sky."
    )
    assert read_summary(summary(sights)) == [("sea", "red", "star"), ("night", "", "")]


def test_a_summary_is_marked_where_each_part_begins_with_what_it_tells() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        question = summarise(rng)
        parts = read_summary(question.answer)
        assert len(question.told) == len(parts)
        for number, (mark, part) in enumerate(zip(question.told, parts, strict=True)):
            assert mark.about is not None
            assert (mark.about.background, mark.about.colour, mark.about.shape) == part
            assert question.answer[: mark.end].count(", then") == number
            assert question.answer[: mark.end].endswith(", then" if number else "")


def test_marks_in_an_answer_lie_on_the_token_before_what_they_are_about(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    texts = Windows(tokenizer, plan(3), 2, EVERYTHING)[0].texts
    for row, token, *_ in texts.about.tolist():
        said = tokenizer.decode(texts.ids[row, : token + 1])
        assert said.endswith((" then", "Assistant:"))


def test_the_last_stage_asks_what_the_motion_alone_decides() -> None:
    rng = np.random.default_rng(8)
    answers: Counter[str] = Counter()
    for _ in range(300):
        sights = draw_window(rng, 8, scenes=1).sights
        question = ask_closely(sights, rng)
        if question is None:
            continue
        answers[question.answer] += 1
        misfits = sum(not mark.fits[0] for mark in question.marks)
        assert misfits == (question.answer == "No.")
    assert 0.4 < answers["No."] / answers.total() < 0.6


def test_every_wording_of_an_answer_counts_and_a_wrong_one_does_not() -> None:
    rng = np.random.default_rng(1)
    kinds: Counter[str] = Counter()
    for _ in range(200):
        sights = draw_window(rng, 8).sights
        questions = [ask(kind, sights, rng) for kind in ASKED]
        for question in [describe(sights, rng, 0.5), summarise(rng), *questions]:
            if question is not None:
                kinds[question.kind] += 1
                assert right(question, question.answer)
                assert not right(question, "The")
    assert set(kinds) == {"caption", "summary", *ASKED}


def test_yes_and_no_are_as_common_and_no_is_never_impossible() -> None:
    rng = np.random.default_rng(2)
    answers: Counter[str] = Counter()
    for _ in range(1500):
        question = ask("yes/no", draw_window(rng, 8).sights, rng)
        if question is not None:
            answers[question.answer] += 1
    assert 0.42 < answers["No."] / answers.total() < 0.58


def test_training_never_meets_a_held_out_combination_in_pictures_or_words() -> None:
    rng = np.random.default_rng(3)
    pairs = [f"{c} {s}" for c in COLOURS for s in SHAPES if held_out(colour=c, shape=s)]
    assert len(pairs) == len(SHAPES)
    for _ in range(400):
        window = draw_window(rng, 8)
        for shot in window.shots:
            scene = shot.scene
            assert not held_out(scene.background, scene.colour, scene.shape, scene.motion)
        texts = [caption(window.sights), summarise(rng).text]
        texts += [q.text for kind in ASKED if (q := ask(kind, window.sights, rng)) is not None]
        assert not [pair for pair in pairs for text in texts if pair in text]
    new = draw_scene(rng, 8.0, 4 / 3, new=True)
    assert held_out(new.background, new.colour, new.shape, new.motion)


@pytest.mark.parametrize(
    ("motion", "times_s", "seen"),
    [
        ("left", [1.0, 4.0, 8.0], "left"),
        ("left", [1.0, 1.1, 1.2], None),
        ("grow", [1.0, 5.0, 9.0], "grow"),
        ("still", [1.0, 5.0, 9.0], "still"),
        ("orbit", [0.0, 1.0, 2.0], None),
        ("orbit", [0.0, 1.5, 3.0, 4.5, 6.0, 7.5], "orbit"),
    ],
)
def test_a_motion_is_named_only_where_the_frames_show_it(
    motion: str, times_s: list[float], seen: str | None
) -> None:
    sight = see(Scene("white", "red", "star", motion, 10.0, seed=5), times_s)
    assert (sight.motion if sight else None) == seen


def test_two_frames_show_no_motion_and_hidden_ones_nothing() -> None:
    scene = Scene("white", "red", "star", "blink", 20.0, seed=1)
    hidden = [t / 10 for t in range(200) if not scene.pose(t / 10).visible]
    assert see(scene, hidden[:1]) is None
    shown = [t / 10 for t in range(200) if scene.pose(t / 10).visible]
    assert see(scene, shown[:2]) == Sight("white", "red", "star")


def test_a_row_is_what_the_processor_makes_of_each_question(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    processor = make_processor(tokenizer)
    rng = np.random.default_rng(4)
    question = describe(draw_window(rng, 8).sights, rng, 0.0)
    content = [{"type": "video"}, {"type": "text", "text": question.text}]
    prompt = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    times_s = [3 + 1.25 * number for number in range(8)]
    wanted = processor(
        text=[prompt],
        videos=[np.zeros((8, 48, 64, 3), np.uint8)],
        video_metadata=[
            VideoMetadata(
                total_num_frames=10_000,
                fps=1000,
                duration=13.0,
                frames_indices=[round(1000 * at) for at in times_s],
            )
        ],
        do_sample_frames=False,
        return_tensors="pt",
    )["input_ids"][0].tolist()
    stem = tokenizer(stem_of(8, times_s, 13.0), add_special_tokens=False)["input_ids"]
    said = tokenizer(branch_of(question)[0], add_special_tokens=False)["input_ids"]
    assert stem + said == wanted


def test_branches_see_the_stem_and_themselves_only(tokenizer: PreTrainedTokenizerFast) -> None:
    torch.manual_seed(0)
    network = make_network(tokenizer).eval()
    train_fast(network, CPU)
    stem, first, second = [3, 7, 30, 31], [40, 41, 42], [50, 51]
    both, alone = Row(stem), Row(stem)
    both.add(first, [60], 1.0)
    both.add(second, [61], 1.0)
    alone.add(second, [61], 1.0)
    states = []
    for row in (both, alone):
        rows = together([row])
        with torch.inference_mode():
            states.append(
                network.model.text_model(
                    input_ids=rows.ids,
                    attention_mask=_visible(rows),
                    position_ids=rows.positions,
                    use_cache=False,
                ).last_hidden_state[0]
            )
    assert torch.allclose(states[0][-3:], states[1][-3:], atol=1e-4)
    assert together([both]).labels[0].tolist().count(IGNORED) == len(both.ids) - 2


def test_batches_are_the_same_for_a_seed_and_a_step(tokenizer: PreTrainedTokenizerFast) -> None:
    first, again = (Windows(tokenizer, plan(5), 4, EVERYTHING)[3] for _ in range(2))
    assert torch.equal(first.pixels, again.pixels)
    assert torch.equal(first.rows.ids, again.rows.ids)
    assert not torch.equal(first.pixels, Windows(tokenizer, plan(6), 4, EVERYTHING)[3].pixels)
    frames = Frames(5, 10, 6, 2)[0]
    assert frames.masks.shape == (6, 32, 32)
    assert (frames.masks.flatten(1).max(1).values > 0.5).all()


def test_a_batch_teaches_every_part(tokenizer: PreTrainedTokenizerFast) -> None:
    network = make_network(tokenizer)
    train_fast(network, CPU)
    batch = Windows(tokenizer, plan(5), 2, EVERYTHING)[0]
    states, features, layers = _look(network, batch)
    frames = batch.pixels.shape[0] * batch.pixels.shape[1]
    assert int(_frame_ends(network, batch.rows).sum()) == frames
    assert len(layers) == network.config.text_config.num_hidden_layers
    assert len(states) == int((batch.rows.labels != IGNORED).sum())
    (states.sum() + features.sum()).backward()  # type: ignore[no-untyped-call]
    assert all(weights.grad is not None for weights in network.model.parameters())


def test_what_training_reads_is_what_the_network_itself_makes_of_it(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    torch.manual_seed(0)
    network = make_network(tokenizer).eval()
    rows = Windows(tokenizer, plan(5), 3, EVERYTHING)[0].texts
    with torch.inference_mode():
        whole = network.model.text_model(
            input_ids=rows.ids, attention_mask=_visible(rows), position_ids=rows.positions
        ).last_hidden_state
        train_fast(network, CPU)
        states, layers = _read(network, rows, _embedded(network, rows))
    assert torch.allclose(states, whole[:, :-1][rows.labels[:, 1:] != IGNORED], atol=1e-4)
    assert torch.equal(layers[0], network.get_input_embeddings()(rows.ids))


def test_attention_trains_alike_by_either_route(tokenizer: PreTrainedTokenizerFast) -> None:
    """The fused one of float32 and the plain one of bfloat16: the same loss in float32."""
    torch.manual_seed(0)
    network = make_network(tokenizer)
    batch = Windows(tokenizer, plan(5), 2, EVERYTHING)[0]
    heads = Heads(FrameHead(192), 192)
    losses = []
    for hardware in (CPU, Hardware("cpu", torch.bfloat16)):
        train_fast(network, hardware)
        losses.append(_loss(network, heads, batch, 0.5, FITS_LAYER, CPU)[0].item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_heads_that_count_nothing_are_not_worked_out(tokenizer: PreTrainedTokenizerFast) -> None:
    network = make_network(tokenizer)
    train_fast(network, CPU)
    batch = Windows(tokenizer, plan(5), 2, EVERYTHING)[0]
    heads = Heads(FrameHead(192), 192)
    _, with_heads = _loss(network, heads, batch, 0.5, FITS_LAYER, CPU)
    _, without = _loss(network, heads, batch, 0.0, FITS_LAYER, CPU)
    assert set(with_heads) - set(without) == {
        "seen",
        "moved",
        "motion right",
        "fits right",
        "claims right",
    }
    assert without["words"] == pytest.approx(with_heads["words"], rel=1e-5)


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


def test_a_question_about_one_of_several_scenes_has_one_answer() -> None:
    """What a question names is in one scene alone, and the answer is what that scene shows."""
    rng = np.random.default_rng(8)
    asked = 0
    for _ in range(400):
        sights = draw_window(rng, 8, scenes=int(rng.integers(2, 4))).sights
        for kind in ("colour", "shape", "motion", "background"):
            question = ask(kind, sights, rng)
            if question is None:
                continue
            asked += 1
            scenes = zip(*(mark.fits for mark in question.marks), strict=True)
            meant = [seen for seen, fits in zip(sights, scenes, strict=True) if all(fits)]
            assert [mark.about for mark in question.marks if mark.about is not None] == meant
            named = [word for word in (*COLOURS, *SHAPES) if f" {word}" in question.text]
            assert named
            assert all(word in {meant[0].colour, meant[0].shape} for word in named)
            assert right(replace(question, answer=_told(kind, meant[0])), question.answer)
    assert asked > 600


def _told(kind: str, sight: Sight) -> str:
    if kind == "motion":
        return MOTION_WORDS[sight.motion][0][0]
    return PLACES[sight.background] if kind == "background" else str(getattr(sight, kind))


def test_rows_are_filled_to_one_length(tokenizer: PreTrainedTokenizerFast) -> None:
    rows = Windows(tokenizer, plan(3), 8, EVERYTHING)[1].rows
    assert (rows.branches >= 0).float().mean() > 0.9
    assert rows.branches.max(1).values.min() > 2


def test_a_stage_goes_on_where_it_was_left(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    """Two steps, saved, and a third: the same weights as three in one go."""
    ends = []
    for stops in ((3,), (2, 3)):
        torch.manual_seed(0)
        first = 0
        saved = Saved(tmp_path / f"{len(stops)}.pt")
        for stop in stops:
            network = make_network(tokenizer)
            train_fast(network, CPU)
            heads = Heads(FrameHead(192), 192)
            optimisers = Optimisers(network, heads, plan(2), CPU, 0.5)
            if first == 0:
                torch.manual_seed(1)
                for weights in [*network.parameters(), *heads.parameters()]:
                    torch.nn.init.normal_(weights, std=0.02)
            first = saved.load(network, heads, optimisers)
            windows = Windows(tokenizer, plan(2), 2, EVERYTHING)
            for step in range(first, stop):
                loss, _ = _loss(network, heads, windows[step], 0.5, FITS_LAYER, CPU)
                optimisers.step(loss, step)
            saved.save(stop, network, heads, optimisers)
        ends.append(network.model.text_model.layers[0].mlp.up_proj.weight)
    assert torch.allclose(ends[0], ends[1], atol=1e-6)


def test_lessons_ask_different_questions_of_different_windows(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    first, *others = (
        Windows(tokenizer, plan(5), 4, lesson)[9] for lesson in (EVERYTHING, CLAIMS, BALANCE)
    )
    assert not any(torch.equal(first.pixels, other.pixels) for other in others)
    for lesson in (EVERYTHING, CLAIMS, BALANCE):
        assert set(lesson.shares) == set(ASKED)
        assert sum(lesson.shares.values()) == pytest.approx(1)
    weights = {float(batch.rows.weights.max()) for batch in others}
    assert weights == {CLAIMS.answer_weight, BALANCE.answer_weight}


def test_texts_of_a_batch_sum_up_equally_many_descriptions(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    windows = Windows(tokenizer, plan(4), 5, EVERYTHING)
    counts = []
    for step in range(6):
        texts = [tokenizer.decode(row) for row in windows[step].texts.ids]
        summed = {sum(f"\n{line}. " in text for line in range(1, 6)) for text in texts}
        assert len(summed) == 1
        counts += summed
    assert len(set(counts)) > 1


@pytest.mark.parametrize("likes", [torch.float32, torch.bfloat16, torch.float16])
def test_numbers_that_train_without_scaled_losses(
    likes: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "toy.training.device.choose_hardware", lambda device: Hardware(device, likes)
    )
    chosen = choose("cpu")
    assert chosen.dtype == (torch.bfloat16 if likes == torch.bfloat16 else torch.float32)
    with autocast(chosen):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == chosen.dtype


def test_a_batch_is_moved_with_all_its_parts(tokenizer: PreTrainedTokenizerFast) -> None:
    batch = moved(Windows(tokenizer, plan(5), 2, EVERYTHING)[0], "meta")
    assert batch.rows.ids.is_meta
    assert batch.seen.place.is_meta
    assert batch.pixels.is_meta


def test_matrices_change_as_with_the_muon_of_torch() -> None:
    torch.manual_seed(0)
    start = [torch.randn(shape) for shape in ((24, 8), (8, 24), (24, 8), (8, 8))]
    ends = []
    for made in (Muon, torch.optim.Muon):
        matrices = [torch.nn.Parameter(each.clone()) for each in start]
        muon = made([{"params": matrices}], lr=0.1, weight_decay=0.01, momentum=0.95)
        for step in range(1, 4):
            for matrix in matrices:
                matrix.grad = torch.sin(step * matrix.detach())
            muon.step()
        ends.append(matrices)
    for ours, theirs in zip(*ends, strict=True):
        assert torch.allclose(ours, theirs, atol=0.02)


def test_a_saved_network_loads_and_weighs_little(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    save(make_network(tokenizer), tokenizer, tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 12_000_000
    assert (tmp_path / "model.safetensors").stat().st_mode & 0o777 == 0o644


def test_held_out_films_are_read_as_the_product_reads_them(tmp_path: Path) -> None:
    films = make_films(tmp_path, 2, seed=1, new=True)
    looks = list(look(films, 4))
    assert looks
    for seen in looks:
        assert seen.clip.frames.shape[0] == len(seen.clip.times_ms) == 4
        assert max(seen.clip.frames.shape[1:3]) == 64
        assert all(a.background != b.background for a, b in pairwise(seen.sights))
