"""The drawn world: shapes where they should be, films as long as their scenes, a true demo."""

import json
from pathlib import Path

import numpy as np
import pytest

import cli
from indexer.decoding.supervisor import DecodeWorker
from toy.world.demo import FILMS, QUESTIONS, render_demo, scene_span_ms
from toy.world.drawing import DISTANCES, background, draw
from toy.world.film import film
from toy.world.scenes import BACKGROUNDS, COLOURS, HIDDEN, MOTIONS, SHAPES, Scene


def centre(picture: np.ndarray, ground: np.ndarray) -> tuple[float, float]:
    changed = np.abs(picture.astype(float) - ground).sum(-1) > 60
    rows, columns = np.nonzero(changed)
    return float(columns.mean()) / picture.shape[1], float(rows.mean()) / picture.shape[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_drawn_in_its_colour(shape: str) -> None:
    scene = Scene("black", "red", shape, "still", 4.0)
    (picture,) = draw(scene, [1.0], 80, 60)
    red = (picture[..., 0] > 150) & (picture[..., 1] < 90)
    assert 0.02 < red.mean() < 0.2
    inside = DISTANCES[shape](np.linspace(-2, 2, 99)[None], np.linspace(-2, 2, 99)[:, None]) < 0
    assert 0.05 < inside.mean() < 0.5


@pytest.mark.parametrize(
    ("motion", "x", "y"),
    [("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1), ("downleft", -1, 1)],
)
def test_motions_go_where_they_say(motion: str, x: int, y: int) -> None:
    scene = Scene("white", "blue", "circle", motion, 6.0)
    ground = background(scene, 80, 60)
    first, last = (centre(p, ground) for p in draw(scene, [0.5, 5.5], 80, 60))
    for before, after, sign in ((first[0], last[0], x), (first[1], last[1], y)):
        assert np.sign(round(after - before, 1)) == sign


@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_backgrounds_keep_their_pattern_and_hide_no_colour(ground: str) -> None:
    colour = next(c for c in COLOURS if c not in HIDDEN[ground])
    scene = Scene(ground, colour, "circle", "still", 4.0, seed=3)
    assert np.array_equal(background(scene, 64, 48), background(scene, 64, 48))
    with pytest.raises(ValueError, match="cannot be seen"):
        for hidden in HIDDEN[ground] or {"red"}:
            Scene("brick" if ground == "grey" else ground, hidden, "circle", "still", 4.0)


def test_every_motion_can_be_filmed(tmp_path: Path) -> None:
    scenes = [Scene("grass", "white", "star", motion, 0.4) for motion in MOTIONS]
    film(tmp_path / "all.mp4", scenes, 64, 48)
    with DecodeWorker() as worker:
        assert worker.probe(tmp_path / "all.mp4").span.end_ms == 400 * len(MOTIONS)


def test_cuts_are_not_on_window_borders_and_questions_have_answers() -> None:
    for known in FILMS:
        cuts = np.cumsum([scene.length_s for scene in known.scenes])[:-1]
        assert all(0.4 < cut % 10 < 9.6 for cut in cuts), known.name
    for question in QUESTIONS:
        start_ms, end_ms = scene_span_ms(question)
        assert end_ms - start_ms > 10_000


def test_films_that_are_there_are_not_drawn_again(tmp_path: Path) -> None:
    for known in FILMS:
        (tmp_path / f"{known.name}.mp4").write_bytes(b"there")
    drawn: list[str] = []
    assert len(render_demo(tmp_path, drawn.append)) == len(FILMS)
    assert drawn == []


@pytest.mark.slow
def test_the_demo_answers_its_questions(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The main job with the real model code, the toy's weights and the real embedder."""
    monkeypatch.delenv("SCENELIST_LIBRARY", raising=False)
    assert cli.run(["--offline", "demo", str(tmp_path / "demo")]) == 0
    out = capfd.readouterr().out
    assert f"right for {len(QUESTIONS)} of {len(QUESTIONS)}" in out
    assert len(list((tmp_path / "demo").glob("*.xspf"))) == len(QUESTIONS)
    assert cli.run(["--library", str(tmp_path / "demo/library"), "list", "--json"]) == 0
    assert len(json.loads(capfd.readouterr().out)) == len(FILMS)
