"""A served model: found, probed, asked; by a scripted server."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.describing.describer import DescriberOptions, describer_kind
from indexer.describing.servers.openai_server import ServerDescriber
from indexer.errors import ModelError, RequestError
from tests.indexer.describing.servers.scripted_describer import clips, through
from tests.scripted_server import Body, Reply, Scripted, pictures, says, scripted


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
