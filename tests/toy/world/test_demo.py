"""The demo: its films, its questions, and that the answers are right."""

import json
from pathlib import Path

import numpy as np
import pytest

import cli
from toy.world.demo import FILMS, QUESTIONS, render_demo, scene_span_ms


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
