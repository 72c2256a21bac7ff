"""The bundled toy answers for real: over HTTP and to agents, by the commands themselves."""

import signal
import sys
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

import cli
from search import Library
from serve.answerer import AnswersReply
from tests.serving import ROOT, World, program
from toy.world.demo import FILMS
from toy.world.film import film

# Of a scene that lasts from 0 to 13.2 s.
QUESTION, ANSWER, UNTIL_S = "What colour is the square in the desert?", "purple", 13.2
PATIENCE_S = 240.0
# Of so short a film nothing is worth preparing for another engine.
TORCH = ("--engine", "torch")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a library of one film of the toy's world, which the toy has described."""
    folder = tmp_path_factory.mktemp("drawn")
    dunes = next(known for known in FILMS if known.name == "dunes")
    path = folder / "dunes.mp4"
    film(path, dunes.scenes, dunes.width, dunes.height)
    indexing = ["--library", str(folder / "library"), "index", str(path)]
    with_the_toy = ["--model", "toy", "--embedder", "fake:", "--speech", "off"]
    assert cli.run([*indexing, *with_the_toy, *TORCH]) == 0
    video = Library.open(folder / "library").video(path)
    return World(folder / "library", {path.name: video})


def rightly(answered: Any, drawn: World) -> None:
    """See that an answer says what is seen, where, and in which film."""
    reply = AnswersReply.model_validate(answered)
    assert reply.unseen == []
    best = reply.answers[0]
    assert ANSWER in best.answer.lower()
    assert (best.video, best.name) == (drawn.id("dunes.mp4"), "dunes.mp4")
    assert 0 <= best.start < best.end
    assert best.start < UNTIL_S
    assert (best.rests_on[0].start, best.rests_on[-1].end) == (best.start, best.end)
    assert best.probability is not None
    assert best.probability >= 0.5


async def asked(client: Client, drawn: World) -> None:
    """Ask as an agent: about a stretch, about what is not there, about no video."""
    stretch = {"video": drawn.id("dunes.mp4"), "start": 2, "end": 8}
    reply = await client.call_tool("ask", {"question": QUESTION, **stretch})
    rightly(reply.structured_content, drawn)
    nothing = await client.call_tool("ask", {"question": "When is there a moon?", **stretch})
    assert nothing.structured_content["answers"] == []
    wrong = await client.call_tool("ask", {"question": QUESTION, "video": "nowhere"})
    assert wrong.is_error
    assert "holds no video" in wrong.content[0].text


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_over_http_and_until_it_is_interrupted(drawn: World) -> None:
    async def go(address: str) -> None:
        async with (
            httpx2.AsyncClient(timeout=PATIENCE_S) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
        ):
            await asked(client, drawn)

    with (
        program(drawn.library, "--ask", *TORCH) as (address, process),
        httpx2.Client(base_url=address, timeout=PATIENCE_S) as http,
    ):
        assert http.get("/api/status").json()["features"]["ask"] is True
        anywhere = {"q": QUESTION, "min_confidence": 0}
        rightly(http.get("/api/ask", params=anywhere).json(), drawn)
        place = {"q": QUESTION, "video": drawn.id("dunes.mp4")}
        rightly(http.get("/api/ask", params=place).json(), drawn)
        for query, right in (("a purple square in the desert", True), ("a yellow moon", False)):
            seen = http.get("/api/verify", params={"q": query, "min_confidence": 0}).json()
            assert any(moment["verified"] for moment in seen["moments"]) is right
        anyio.run(go, address)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


@pytest.mark.slow
def test_on_stdin_and_stdout(drawn: World) -> None:
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "cli", "--library", str(drawn.library), "mcp", "--ask", *TORCH],
        cwd=Path(ROOT),
    )

    async def go() -> None:
        with anyio.fail_after(PATIENCE_S):
            async with Client(stdio_client(started)) as client:
                await asked(client, drawn)

    anyio.run(go)
