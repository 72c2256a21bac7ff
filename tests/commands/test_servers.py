"""`index --server` and `doctor --server`, by a scripted server and by transformers' own."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

from answering.question_parsing import is_shown
from indexer.describing.checkpoints import TOY
from indexer.describing.describer import (
    Answerer,
    DescriberOptions,
    describer_kind,
    load_describer,
)
from indexer.media.clip import Clip
from indexer.windows import Window
from tests.command import Run, one_sentence
from tests.scripted_server import Body, Reply, pictures, says, scripted


def seen(body: Body) -> Reply:
    return says("A grey wall.", tokens=50 + 80 * len(pictures(body)))


def test_a_library_through_a_server_keeps_the_model_and_no_address_or_key(
    run: Run, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCENELIST_SERVER_KEY", "hush-hush")
    with scripted(answer=seen, models=("org/eyes",), key="hush-hush") as server:
        index = ("index", videos, "--embedder", "fake:", "--server", server.url)
        done = run(*index)
        assert done.status == 0, done.err
        assert "Frames of your videos" not in done.err  # they did not leave this machine
        assert "openvino" not in done.err.lower()
        asked = len(server.bodies)
        assert asked == 2 + 3 + 2  # the probe, and three and two windows
        assert run(*index).out.endswith("2 unchanged.\n")
        assert len(server.bodies) == asked
        port = server.url.rsplit(":", 1)[1].encode()
    lines = [json.loads(line) for line in run("export").out.splitlines()]
    told = [line for line in lines if "text" in line]
    assert {line["text"] for line in told} == {"A grey wall."}
    recipes = [line for line in lines if "recipe" in line]
    assert {(r["model"], r["recipe"]["revision"]) for r in recipes} == {
        ("org/eyes", "served by vLLM")
    }
    for path in (tmp_path / "library").rglob("*"):
        if path.is_file():
            assert b"hush-hush" not in path.read_bytes()
            assert b"127.0.0.1:" + port not in path.read_bytes()
    without = run("index", videos)
    assert without.status == 2
    assert "--server URL" in without.err
    assert one_sentence(without.err)


def test_the_key_may_be_in_a_file(run: Run, videos: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    with scripted(answer=seen, key="from-a-file") as server:
        base = ("index", videos, "--embedder", "fake:", "--server", server.url)
        refused = run(*base)
        assert (refused.status, one_sentence(refused.err)) == (2, True)
        assert "--server-key-file" in refused.err
        assert run(*base, "--server-key-file", tmp_path / "none").status == 2
        done = run(*base, "--server-key-file", tmp_path / "key")
        assert done.status == 0, done.err


def test_what_was_described_before_a_server_refused_is_kept(run: Run, videos: Path) -> None:
    left = [2 + 2]  # the probe, and two windows

    def fewer_and_fewer(body: Body) -> Reply:
        left[0] -= 1
        return seen(body) if left[0] >= 0 else Reply(400, {"error": {"message": "no more"}})

    with scripted(answer=fewer_and_fewer) as server:
        index = ("index", videos, "--embedder", "fake:", "--server", server.url)
        ended = run(*index, "--batch-size", "1")
        assert ended.status == 2
        assert "no more" in ended.err
        assert "Traceback" not in ended.err
        asked = len(server.bodies)
        server.answer = seen
        assert run(*index).status == 0
        assert len(server.bodies) == asked + 2 + 3  # of five windows, two were there


def test_doctor_tries_a_clip_on_a_server(run: Run) -> None:
    with scripted(answer=seen, owner="llamacpp") as server:
        done = run("doctor", "--server", server.url)
    assert done.status == 0, done.err
    assert "10–20 s: A grey wall." in done.out
    assert "80 tokens a frame, by llama.cpp" in done.out


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the toy with transformers' own server; skipped where that is not installed."""
    if not all(importlib.util.find_spec(name) for name in ("fastapi", "uvicorn", "openai")):
        pytest.skip("transformers serve is not installed (pip install 'transformers[serving]')")
    url = f"http://127.0.0.1:{_free_port()}"
    log = tmp_path_factory.mktemp("served") / "log.txt"
    port = url.rsplit(":", 1)[1]
    start = "from transformers.cli.transformers import main; main()"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", start, "serve", str(TOY), "--host", "127.0.0.1"),
                *("--port", port, "--device", "cpu", "--dtype", "float32"),
            ],
            stdout=said,
            stderr=said,
            env=dict(os.environ, HF_HUB_OFFLINE="1"),
        )
    try:
        ends = monotonic() + 240
        while True:
            try:
                urllib.request.urlopen(f"{url}/health", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, log.read_text()
                assert monotonic() < ends, "transformers serve did not start"
                sleep(0.5)
        yield url
    finally:
        process.kill()
        process.wait(timeout=30)


def _squares() -> list[Clip]:
    """Draw clips of squares that move, at the size that the toy looks at."""
    rng = np.random.default_rng(7)
    clips = []
    for number in range(3):
        frames = np.full((8, 64, 64, 3), rng.integers(0, 100, 3), np.uint8)
        colour = rng.integers(150, 255, 3)
        for i in range(8):
            frames[i, 20:40, 3 + 5 * i : 23 + 5 * i] = colour
        start = 20_000 * number
        times = tuple(start + 1_250 * i + 100 for i in range(8))
        clips.append(Clip(Window(start, start + 10_000), times, frames))
    return clips


@pytest.mark.slow
def test_a_real_server_says_the_same_words_as_our_own_engine(served: str) -> None:
    """Of the same frames, at the size that the model looks at: there is nothing to be cut."""
    clips = _squares()
    asked = DescriberOptions("server:", servers=(served,))
    kind = describer_kind(asked.model)
    checkpoint = kind.locate(asked, lambda _: None)
    assert checkpoint.revision == "served by transformers serve"
    said: list[str] = []
    theirs = kind.load(asked, checkpoint, said.append).describe(clips)
    ours = load_describer(DescriberOptions("toy", every_frame=True)).describe(clips)
    assert theirs == ours
    assert all(theirs)
    assert said == []  # no tiles, and no host that gets frames


@pytest.mark.slow
def test_a_real_server_says_yes_where_our_own_engine_finds_it_likelier(served: str) -> None:
    """It tells no chances, so its words decide, which is said."""
    clips, shapes = _squares(), ("a square", "a red circle", "a desert")
    pairs = [(clip, is_shown(shape)) for clip in clips for shape in shapes]
    options = DescriberOptions("server:", servers=(served,))
    said: list[str] = []
    theirs, ours = load_describer(options, said.append), load_describer(DescriberOptions("toy"))
    assert isinstance(theirs, Answerer) and isinstance(ours, Answerer)
    likely = ours.likelihoods(*zip(*pairs, strict=True))
    assert theirs.likelihoods(*zip(*pairs, strict=True)) == [float(p > 0.5) for p in likely]
    assert {p > 0.5 for p in likely} == {True, False}, "the questions tell nothing apart"
    assert [each for each in said if "taken from its words" in each] == said
    assert len(said) == 1


@pytest.mark.slow
def test_a_real_servers_library_can_be_asked(run: Run, videos: Path, served: str) -> None:
    done = run("index", videos, "--embedder", "fake:", "--server", served)
    assert done.status == 0, done.err
    told = [json.loads(line) for line in run("export").out.splitlines()]
    texts = [line["text"] for line in told if "text" in line]
    assert len(texts) == 3 + 2
    assert all(texts)
    server = ("--server", served, "--json")
    asked = run("ask", "Is there a square?", videos / "one.mp4", *server)
    assert asked.status == 0, asked.err
    (answer,) = json.loads(asked.out)["answers"]
    assert (answer["answer"], answer["probability"]) in {("Yes.", 1), ("No.", 1)}
    found = run("search", texts[0], "--verify", "--tighten", *server)
    assert found.status == 0, found.err
    checked = {(m["verified"], m["probability"]) for m in json.loads(found.out)["moments"]}
    assert checked <= {(True, 1), (False, 0)}
