"""Asking, verifying and tightening through model servers, by a scripted one that sees colours."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from indexer.describing.fake_describer import FakeDescriber
from indexer.media.clip import Clip
from indexer.windows import Window
from tests.coloured_films import BLUE, GREEN
from tests.command import Run, one_sentence
from tests.scripted_server import Body, Reply, Scripted, pictures, says, scripted, texts

MODEL = "org/eyes"


def eyes(*, chances: bool) -> Callable[[Body], Reply]:
    """Answer as the describer that names colours does; with `chances`, it tells those of tokens."""

    def answer(body: Body) -> Reply:
        question, shown = texts(body)[-1].strip(), pictures(body)
        tokens = 50 + 80 * len(shown)
        if not shown:
            return says("No.", tokens)
        frames = np.stack([_mean_colour(each) for each in shown])
        clip = Clip(Window(0, 1_000 * len(shown)), tuple(range(len(shown))), frames)
        fake = FakeDescriber(1)
        if "logprobs" not in body:
            return says(fake.answer([clip], [question])[0], tokens)
        if not chances:
            return Reply(400, {"error": {"message": "logprobs: unexpected field"}})
        (yes,) = fake.likelihoods([clip], [question])
        top = [{"token": "Yes", "logprob": log(yes)}, {"token": " no", "logprob": log(1 - yes)}]
        return says("Yes", tokens, logprobs={"content": [{"top_logprobs": top}]})

    return answer


def _mean_colour(uri: str) -> Any:
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as image:
        mean = np.asarray(image.convert("RGB")).reshape(-1, 3).mean(0)
    return np.full((8, 8, 3), mean, np.uint8)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(answer=eyes(chances=True), models=(MODEL,)) as server:
        yield server


@pytest.fixture
def served(run: Run, films: Path, server: Scripted) -> Run:
    """Return the command line with a library that a server has described."""
    indexed = run("index", films, "--embedder", "fake:", "--server", server.url, "--frames", "8")
    assert indexed.status == 0, indexed.err
    return run


def answers(out: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(out)["answers"]
    return found


def moments(out: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(out)["moments"]
    return found


def test_a_served_model_answers_as_it_would_here(
    served: Run, films: Path, server: Scripted
) -> None:
    first = films / "first.mp4"
    for asked in (
        ("ask", "What colour is it?", f"{first}@0:10"),
        ("ask", "Is there a green picture?", f"{first}@0:08-0:14"),
        ("ask", "When is there a blue picture?", first),
        ("ask", "Is there a red picture?"),
        ("search", "a red picture", "--verify"),
        ("search", "blue picture", "--tighten", "--in", "first.mp4"),
    ):
        there = served(*asked, "--json", "--server", server.url)
        assert there.status == 0, there.err
        assert "sent to" not in there.err  # it is this machine
        here = served(*asked, "--json", "--model", "fake:")
        assert json.loads(there.out) == json.loads(here.out)


def test_a_library_of_a_server_asks_for_it_where_it_is_needed(served: Run, films: Path) -> None:
    assert served("search", "a red picture", "--json").status == 0  # no model looks
    for asked in (
        ("ask", "Is there a red picture?"),
        ("search", "a red picture", "--verify"),
        ("search", "a red picture", "--tighten"),
    ):
        refused = served(*asked)
        assert refused.status == 2
        assert one_sentence(refused.err), refused.err
        assert MODEL in refused.err and "--server URL" in refused.err


def test_a_key_is_shown_and_a_key_file_needs_a_server(
    served: Run, server: Scripted, tmp_path: Path
) -> None:
    server.key = "hush-hush"
    (tmp_path / "key").write_text("hush-hush\n")
    asked = ("ask", "Is there a red picture?")
    key = ("--server-key-file", tmp_path / "key")
    wrong = served(*asked, "--server", server.url)
    assert (wrong.status, one_sentence(wrong.err)) == (2, True)
    assert "--server-key-file" in wrong.err
    assert served(*asked, "--server", server.url, *key).status == 0
    alone = served(*asked, *key)
    assert (alone.status, one_sentence(alone.err)) == (2, True)
    assert "--server URL" in alone.err


def test_where_chances_are_not_told_words_decide(served: Run, server: Scripted) -> None:
    server.answer = eyes(chances=False)
    found = served("search", "a red picture", "--verify", "--json", "--server", server.url)
    assert found.status == 0, found.err
    assert found.err.count("is taken from its words") == 1
    checked = [(m["verified"], m["probability"]) for m in moments(found.out)]
    assert set(checked) == {(True, 1), (False, 0)}
    assert checked == sorted(checked, reverse=True)


def test_words_that_are_neither_yes_nor_no_confirm_nothing(served: Run, server: Scripted) -> None:
    colours = eyes(chances=False)

    def evasive(body: Body) -> Reply:
        if "logprobs" in body:
            return colours(body)
        return says("It is hard to say.", 50 + 80 * len(pictures(body)))

    server.answer = evasive
    found = served("search", "a red picture", "--verify", "--json", "--server", server.url)
    assert {(m["verified"], m["probability"]) for m in moments(found.out)} == {(False, 0.49)}
    asked = served("ask", "When is there a red picture?", "--json", "--server", server.url)
    assert (asked.status, answers(asked.out)) == (1, [])


def test_it_is_said_which_host_gets_frames_and_offline_forbids_it(
    served: Run, server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.describing.servers.address._is_here", lambda name: False)
    host = server.url.removeprefix("http://")
    before = len(server.bodies)
    for asked in (
        ("ask", "Is there a red picture?", "--server", server.url),
        ("search", "a red picture", "--verify", "--server", server.url),
    ):
        refused = served("--offline", *asked)
        assert (refused.status, one_sentence(refused.err)) == (2, True)
        assert len(server.bodies) == before
    told = served(*asked)
    assert told.status == 0
    said = f"Frames and pictures for the model are sent to {host}, not encrypted.\n"
    assert told.err.count(said) == 1
    assert told.err.index(said) < told.err.index("Looking again")


def test_pictures_are_asked_about_there(run: Run, server: Scripted, tmp_path: Path) -> None:
    for name, colour in (("before", GREEN), ("after", BLUE)):
        Image.new("RGB", (64, 48), colour).save(tmp_path / f"{name}.png")
    images = [
        part for name in ("before", "after") for part in ("--image", tmp_path / f"{name}.png")
    ]
    asked = run("ask", "What has changed?", *images, "--json", "--server", server.url)
    assert asked.status == 0, asked.err  # without any library
    assert [each["answer"] for each in answers(asked.out)] == ["A green picture turns blue."]
    assert texts(server.bodies[-1]) == ["Image before: ", "Image after: ", "\nWhat has changed?"]


def test_a_picture_is_put_into_words_there_and_only_once(
    served: Run, server: Scripted, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 48), GREEN).save(tmp_path / "photo.png")
    asked = ("search", "--like", tmp_path / "photo.png", "--min-confidence", "0", "--limit", "1")
    refused = served(*asked)
    assert (refused.status, one_sentence(refused.err)) == (2, True)
    assert "--server URL" in refused.err
    found = served(*asked, "--server", server.url)
    assert found.status == 0, found.err
    assert "photo.png shows: A green picture." in found.err
    (tmp_path / "photo.png").unlink()
    server.answer = lambda body: Reply(500)
    assert served("more").status == 0
    words = served("search", "A green picture.", "--min-confidence", "0", "--limit", "1")
    assert words.out == found.out


def test_no_server_there_is_one_sentence(served: Run, server: Scripted) -> None:
    for asked in (("ask", "Is there a red picture?"), ("search", "a red picture", "--verify")):
        gone = served(*asked, "--server", "http://127.0.0.1:9")
        assert (gone.status, one_sentence(gone.err)) == (2, True)
        assert "127.0.0.1:9" in gone.err
    other = served("ask", "Is there a red picture?", "--server", server.url, "--model", "another")
    assert (other.status, one_sentence(other.err)) == (2, True)
    assert MODEL in other.err


def test_the_config_file_may_name_the_server(served: Run, server: Scripted, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'server = "{server.url}"\n')
    asked = len(server.bodies)
    assert served("search", "a red picture").status == 0
    assert len(server.bodies) == asked, "a search alone asks no model"
    answered = served("ask", "Is there a red picture?", "--json")
    assert answered.status == 0, answered.err
    assert len(server.bodies) > asked
