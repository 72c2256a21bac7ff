"""Servers that are busy, slow, broken, gone or of another mind, by a scripted one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from time import sleep
from typing import Any

import numpy as np
import pytest

from indexer.describing.describer import DescriberOptions, describer_kind
from indexer.describing.servers.address import address
from indexer.describing.servers.connection import Connection
from indexer.describing.servers.dispatch import Patience
from indexer.describing.servers.openai_server import ServerDescriber
from indexer.describing.servers.reachable_servers import Served
from indexer.describing.servers.server_programs import VLLM
from indexer.errors import ModelError, RequestError
from indexer.media.clip import Clip
from indexer.windows import Window
from tests.scripted_server import Body, Reply, Scripted, pictures, says, scripted, sees, texts

QUICK = Patience(
    silence_s=1.0,
    answer_s=5.0,
    quick_s=0.3,
    first_pause_s=0.02,
    longest_pause_s=0.2,
    tries=3,
)


def clips(count: int) -> list[Clip]:
    """Return clips that differ in their number of frames."""
    return [
        Clip(
            Window(0, 10_000),
            tuple(100 * i for i in range(1 + number % 8)),
            np.full((1 + number % 8, 16, 16, 3), number, np.uint8),
        )
        for number in range(count)
    ]


def words(count: int) -> list[str]:
    return [f"{1 + number % 8} frames." for number in range(count)]


def through(
    *servers: Scripted, said: Callable[[str], Any] = lambda _: None, **patience: float
) -> ServerDescriber:
    """Return a describer through servers, with little patience, and without a probe."""
    served = [Served(Connection(address(each.url)), VLLM, ("a-model",)) for each in servers]
    facts = {name: getattr(QUICK, name) for name in QUICK.__slots__} | patience
    options = DescriberOptions("server:a-model", prompt="What is this?")
    return ServerDescriber(served, "a-model", options, said, Patience(**facts))


def test_each_clip_gets_its_own_answer_whatever_the_order() -> None:
    with scripted() as server:
        assert through(server).describe(clips(30)) == words(30)
        body = server.bodies[0]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("a-model", 0, 64)
    assert {part["type"] for part in body["messages"][0]["content"]} == {"text", "image_url"}
    assert texts(body)[-1] == "\n\nWhat is this?"


def test_more_requests_are_tried_and_never_too_many() -> None:
    def slowly(body: Body) -> Reply:
        sleep(0.02)
        return sees(body)

    with scripted(answer=slowly) as server:
        describer = through(server)
        assert describer.batch_size == 8
        assert describer.describe(clips(120)) == words(120)
        assert 2 < server.most_at_once <= 32
        assert describer.batch_size >= 2 * describer.at_a_time


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_given_the_time_it_asks_for(status: int) -> None:
    said: list[str] = []
    refused = iter([Reply(status, {"error": "later"}, {"Retry-After": "0.05"})] * 3)
    with scripted(answer=lambda body: next(refused, None) or sees(body)) as server:
        assert through(server, said=said.append).describe(clips(10)) == words(10)
        assert len(server.bodies) == 13
    assert said == []  # that is no trouble


@pytest.mark.parametrize(
    "wrong",
    [
        Reply(500, {"error": {"message": "oops \x1b[31m"}}),
        Reply(502, b"<html>"),
        Reply(200, b"no JSON"),
        Reply(200, {"choices": []}),
        Reply(200, {"choices": [{"message": {"content": "half"}}]}, breaks=True),
    ],
)
def test_what_goes_wrong_once_is_tried_again(wrong: Reply) -> None:
    said: list[str] = []
    replies = iter([wrong])
    with scripted(answer=lambda body: next(replies, None) or sees(body)) as server:
        assert through(server, said=said.append).describe(clips(5)) == words(5)
    assert len(said) == 2
    assert "waiting for it" in said[0]
    assert "\x1b" not in said[0]
    assert "answers again" in said[1]


def test_an_answer_that_takes_too_long_is_asked_for_again() -> None:
    slow = iter([1.0])

    def answer(body: Body) -> Reply:
        if len(pictures(body)) == 5:
            sleep(next(slow, 0.0))
        return sees(body)

    with scripted(answer=answer) as server:
        assert through(server).describe(clips(6)) == words(6)
        assert len(server.bodies) == 7


def test_a_server_that_is_gone_ends_it_in_one_sentence() -> None:
    with scripted() as server:
        describer = through(server)
        describer.describe(clips(2))
    with pytest.raises(ModelError) as told:
        describer.describe(clips(3))
    assert server.url.removeprefix("http://") in str(told.value)
    assert "All is kept" in str(told.value)


def test_one_of_several_may_die_and_the_rest_go_on() -> None:
    said: list[str] = []
    barrier = Barrier(2)

    def both(body: Body) -> Reply:
        with suppress(BrokenBarrierError):
            barrier.wait(timeout=5)
        return sees(body)

    with scripted() as good:
        with scripted(answer=both) as bad:
            good.answer = both
            describer = through(good, bad, said=said.append)
            assert describer.describe(clips(8)) == words(8)
            assert good.bodies and bad.bodies  # they share the work
        barrier.abort()
        good.answer = sees
        asked = len(good.bodies)
        assert describer.describe(clips(40)) == words(40)
        assert len(good.bodies) == asked + 40
    assert [line for line in said if "the others go on" in line]


def test_a_window_that_a_server_cannot_do_ends_the_run_and_not_the_others() -> None:
    def answer(body: Body) -> Reply:
        return Reply(500, {"error": "bad window"}) if len(pictures(body)) == 3 else sees(body)

    with scripted(answer=answer) as server:
        with pytest.raises(ModelError, match=r"bad window"):
            through(server).describe(clips(24))
        answered = [len(pictures(body)) for body in server.bodies]
    assert Counter(answered)[3] >= 3


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(401, "SCENELIST_SERVER_KEY"), (404, "--model"), (400, "fewer frames"), (302, "elsewhere")],
)
def test_a_refusal_is_final_and_told(status: int, remedy: str) -> None:
    refusal = Reply(status, {"error": {"message": "no"}}, {"Location": "http://127.0.0.1:1/"})
    with scripted(answer=lambda _: refusal) as server:
        with pytest.raises(ModelError, match=remedy):
            through(server).describe(clips(1))
        assert len(server.bodies) == 1


def test_yes_or_no_by_chances_where_told_else_by_words() -> None:
    top = [{"token": "Yes", "logprob": -0.1}, {"token": "No", "logprob": -2.4}]
    with scripted(answer=lambda _: says("Yes", logprobs={"content": [{"top_logprobs": top}]})) as s:
        (likely,) = through(s).likelihoods(clips(1), ["A dog?"])
        assert likely == pytest.approx(0.909, abs=0.001)
        assert (s.bodies[0]["logprobs"], s.bodies[0]["max_tokens"]) == (True, 1)

    def by_words(body: Body) -> Reply:
        if "logprobs" in body:
            return Reply(422, {"detail": "Unexpected fields"})
        return says("No, it is not.")

    with scripted(answer=by_words) as s:
        describer = through(s)
        assert describer.likelihoods(clips(1), ["A dog?"]) == [0.0]
        assert describer.likelihoods(clips(1), ["A dog?"]) == [0.0]
        assert len(s.bodies) == 3  # it is not asked for chances again


def options(*servers: Scripted, model: str = "", **more: Any) -> DescriberOptions:
    return DescriberOptions(f"server:{model}", servers=tuple(s.url for s in servers), **more)


def test_the_recipe_says_model_and_kind_of_server_and_not_where() -> None:
    with scripted(models=("org/eyes",)) as server:
        asked = options(server, server_key="secret")
        checkpoint = describer_kind(asked.model).locate(asked, lambda _: None)
        assert (checkpoint.name, checkpoint.revision) == ("org/eyes", "served by vLLM")
        assert "secret" not in repr(asked)


def test_the_probe_warns_of_tiles_with_that_servers_remedy() -> None:
    said: list[str] = []
    for tokens, warned in ((80, False), (1_100, True)):
        said.clear()
        with scripted(
            answer=lambda b, each=tokens: says("Yes", tokens=50 + each * len(pictures(b)))
        ) as server:
            asked = options(server)
            kind = describer_kind(asked.model)
            describer = kind.load(asked, kind.locate(asked, said.append), said.append)
            assert isinstance(describer, ServerDescriber)
            assert describer.frame_tokens == tokens
        assert bool(said) == warned
    assert "1100 tokens" in said[0]
    assert "--mm-processor-kwargs" in said[0]


def test_a_server_that_drops_pictures_is_found_out() -> None:
    with scripted(answer=lambda _: says("Yes", tokens=60)) as server:
        asked = options(server)
        kind = describer_kind(asked.model)
        with pytest.raises(ModelError, match="takes no pictures"):
            kind.load(asked, kind.locate(asked, lambda _: None), lambda _: None)


def test_what_cannot_be_is_told_before_a_frame_is_sent() -> None:
    with (
        scripted(models=("a", "b")) as two,
        scripted(owner="llamacpp") as other,
        scripted(key="k") as shut,
    ):
        for asked, sentence in (
            (options(two), "--model"),
            (options(two, model="c"), "no model 'c'"),
            (options(two, other, model="a"), "different kinds"),
            (options(shut), "SCENELIST_SERVER_KEY"),
            (options(shut, server_key="wrong"), "SCENELIST_SERVER_KEY"),
            (DescriberOptions("server:a"), "--server URL"),
            (DescriberOptions("server:a", servers=("http://127.0.0.1:9",)), "nothing answers"),
            (
                DescriberOptions("server:a", servers=("http://gpu.invalid",), offline=True),
                "--offline",
            ),
        ):
            with pytest.raises((ModelError, RequestError), match=sentence):
                describer_kind(asked.model).locate(asked, lambda _: None)
        good = options(shut, server_key="k")
        assert describer_kind(good.model).locate(good, lambda _: None).name == "a-model"
        assert not (two.bodies or other.bodies or shut.bodies)
