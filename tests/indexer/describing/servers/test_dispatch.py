"""Servers that are slow, broken or gone: each window gets its answer, or it is said."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from time import sleep

import pytest

from indexer.errors import ModelError
from tests.indexer.describing.servers.scripted_describer import clips, through, words
from tests.scripted_server import Body, Reply, pictures, scripted, sees, texts


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
