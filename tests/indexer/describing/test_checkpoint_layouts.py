"""Every layout that a SmolVLM2 or a fine-tune of it is published in loads, with both engines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from shutil import copyfile

import pytest

from indexer.describing.describer import DescriberOptions, load_describer
from indexer.describing.smolvlm import SmolVLM
from tests.command import Run
from tests.indexer.describing.published_layouts import LAYOUTS
from tests.media import render, steady
from toy.world.film import film as draw_film
from toy.world.scenes import Scene


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    render(path, steady(25))
    return path


@pytest.fixture(scope="module")
def doctors_film(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Draw what `doctor` tries a model with once: it is the same each time."""
    kept = tmp_path_factory.mktemp("doctor") / "film.mp4"

    def once(path: Path, scenes: Sequence[Scene], width: int, height: int) -> None:
        if not kept.exists():
            draw_film(kept, scenes, width, height)
        copyfile(kept, path)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("commands.doctor.film", once)
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("doctors_film")
@pytest.mark.parametrize("engine", ["torch", "openvino"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_loads_and_describes(
    run: Run,
    layout: Callable[[str], Path],
    cache: Path,
    film: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    engine: str,
) -> None:
    pytest.importorskip(engine)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    folder = layout(name)
    chosen = ("--model", folder, "--device", "cpu", "--engine", engine)
    tried = run("--offline", "doctor", *chosen, "--dtype", "float32")
    assert tried.status == 0, tried.err
    assert f"{'OpenVINO' if engine == 'openvino' else 'torch'} in float32" in tried.err
    assert "real time" in tried.out
    done = run("--offline", "index", film, *chosen, "--embedder", "fake:", "--max-new-tokens", "4")
    assert done.status == 0, done.err
    shown = json.loads(run("show", film, "--json").out)
    assert [segment["end"] for segment in shown["segments"]] == [10, 20, 25]


@pytest.mark.slow
def test_sharded_and_whole_say_the_same_and_no_template_is_the_usual_one(
    layout: Callable[[str], Path],
) -> None:
    """Also of text alone, for which a published template is asked."""
    requests = ["Summarise: a red star."]

    def said(name: str) -> list[str]:
        options = DescriberOptions(str(layout(name)), dtype="float32", engine="torch", device="cpu")
        describer = load_describer(options)
        assert isinstance(describer, SmolVLM)
        return describer.complete(requests)

    expected = said("256m")
    assert expected[0]
    for name in ("256m in shards", "no chat_template.json", "no chat template", "saved today"):
        assert said(name) == expected, name
