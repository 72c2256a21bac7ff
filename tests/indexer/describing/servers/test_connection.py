"""What a server may say of a request: later, or no."""

from __future__ import annotations

import pytest

from indexer.errors import ModelError
from tests.indexer.describing.servers.scripted_describer import clips, through, words
from tests.scripted_server import Reply, scripted, sees


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_given_the_time_it_asks_for(status: int) -> None:
    said: list[str] = []
    refused = iter([Reply(status, {"error": "later"}, {"Retry-After": "0.05"})] * 3)
    with scripted(answer=lambda body: next(refused, None) or sees(body)) as server:
        assert through(server, said=said.append).describe(clips(10)) == words(10)
        assert len(server.bodies) == 13
    assert said == []  # that is no trouble


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
