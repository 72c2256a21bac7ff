"""The tools for agents, by the official client: in process, over HTTP, and as the command."""

import base64
import io
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event

import anyio
import anyio.to_thread
import httpx2
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from answering.video_reference import VideoReference
from indexer.errors import RequestError
from search.query.filters.registry import filters_of
from search.query.options import SearchOptions
from serve.answerer import Answerer, AnswersReply
from serve.mcp_tools import WAITING, tools
from serve.schemas.replies import DescribedVideo, PlaylistMade, SearchReply
from tests.serving import ROOT, SECRET, Seer, World, serving, site, world

Use = Callable[[Client], Awaitable[None]]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("for-agents"))


def use(films: World, cache: Path, what: Use, answerer: Answerer | None = None) -> None:
    served = site(films.library, cache, answerer=answerer)

    async def go() -> None:
        offered = tools(served.engine, served.thumbnails, served.answerer, served.answering)
        with anyio.fail_after(60):
            async with Client(offered) as client:
                await what(client)

    anyio.run(go)
    served.thumbnails.close()


def test_the_tools_say_what_they_do(films: World, tmp_path: Path) -> None:
    async def look(client: Client) -> None:
        known = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(known) == {"search", "show_video", "view_moment", "make_playlist"}
        for tool in known.values():
            assert tool.description
            assert tool.annotations.read_only_hint
        assert "moments" in str(known["search"].output_schema)

    use(films, tmp_path, look)


def test_search_and_show_give_typed_results(films: World, tmp_path: Path) -> None:
    async def look(client: Client) -> None:
        asked = {"query": "a steam train arrives", "min_confidence": 0}
        found = SearchReply.model_validate(
            (await client.call_tool("search", asked)).structured_content
        )
        assert found.moments[0].text == "a steam train arrives"
        shown = DescribedVideo.model_validate(
            (
                await client.call_tool("show_video", {"video": found.moments[0].video})
            ).structured_content
        )
        assert [w.text for w in shown.described] == ["a steam train arrives", "people wave"]

    use(films, tmp_path, look)


def test_a_moment_is_seen_in_a_few_small_pictures(films: World, tmp_path: Path) -> None:
    async def look(client: Client) -> None:
        asked = {"video": films.id("park.mp4"), "start": 10, "end": 14, "pictures": 8}
        content = (await client.call_tool("view_moment", asked)).content
        times = [part.text for part in content if part.type == "text"]
        assert (times[0], times[-1]) == ("10.2 s", "13.8 s")
        pictures = [part for part in content if part.type == "image"]
        assert len(pictures) == 8
        for part in pictures:
            assert part.mime_type == "image/jpeg"
            assert max(Image.open(io.BytesIO(base64.b64decode(part.data))).size) <= 256
        too_many = await client.call_tool("view_moment", {**asked, "pictures": 9})
        assert too_many.is_error

    use(films, tmp_path, look)


def test_a_playlist_is_made_of_chosen_moments(films: World, tmp_path: Path) -> None:
    async def look(client: Client) -> None:
        moments = [{"video": films.id("park.mp4"), "start": 10, "end": 14, "text": "a dog"}]
        asked = {"moments": moments, "title": "the dog", "kind": "xspf"}
        made = PlaylistMade.model_validate(
            (await client.call_tool("make_playlist", asked)).structured_content
        )
        assert (made.file_name, made.moments, made.left_out) == ("the-dog.xspf", 1, 0)
        assert "start-time=10.060" in made.text
        assert "stop-time=14.000" in made.text

    use(films, tmp_path, look)


@pytest.mark.parametrize(
    ("tool", "asked", "said"),
    [
        ("search", {"query": "a dog not:"}, "At character 7 of the query"),
        ("search", {"query": "a" * 3_000}, "2000"),
        ("show_video", {"video": "/etc/passwd"}, "holds no video"),
        ("view_moment", {"video": "x", "start": 0, "end": 1}, "holds no video"),
        ("view_moment", {"video": "x", "start": 2, "end": 1}, "before it begins"),
        (
            "make_playlist",
            {"moments": [{"video": "x", "start": 0, "end": 1}], "kind": "doc"},
            "holds no video",
        ),
    ],
)
def test_mistakes_come_back_as_sentences(
    films: World, tmp_path: Path, tool: str, asked: dict[str, object], said: str
) -> None:
    async def look(client: Client) -> None:
        reply = await client.call_tool(tool, asked)
        assert reply.is_error
        text = reply.content[0].text
        assert said in text
        assert "Traceback" not in text

    use(films, tmp_path, look)


def test_a_model_that_looks_answers_where_there_is_one(films: World, tmp_path: Path) -> None:
    park = films.id("park.mp4")

    async def look(client: Client) -> None:
        known = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert known["ask"].annotations.read_only_hint
        assert "probability" in str(known["ask"].output_schema)
        for asked, where in (
            ({}, "anywhere"),
            ({"inside": ["deep"]}, "in deep"),
            ({"video": park}, "at park.mp4 None None"),
            ({"video": park, "start": 12.5}, "at park.mp4 12500 None"),
            ({"video": park, "start": 12.5, "end": 20}, "at park.mp4 12500 20000"),
        ):
            reply = await client.call_tool("ask", {"question": "Who runs?", **asked})
            (answer,) = AnswersReply.model_validate(reply.structured_content).answers
            assert answer.answer == f"Who runs? Only {where}."
            assert (answer.video, answer.start, answer.end) == (park, 10, 20)

    use(films, tmp_path, look, Seer(park))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"video": "nowhere"}, "holds no video"),
        ({"start": 3}, "give video too"),
        ({"video": "PARK", "start": 3, "end": 2}, "ends after it begins"),
        ({"video": "PARK", "end": 2}, "ends after it begins"),
        ({"question": "a" * 3_000}, "2000"),
        ({"inside": ["GONE"]}, "is not in the library"),
    ],
)
def test_what_cannot_be_asked_comes_back_as_a_sentence(
    films: World, tmp_path: Path, asked: dict[str, object], said: str
) -> None:
    class Strict(Seer):
        def ask(
            self, question: str, options: SearchOptions, place: VideoReference | None = None
        ) -> AnswersReply:
            if options.filters == filters_of({"in": ["GONE"]}):
                raise RequestError("GONE is not in the library: look with `scenelist list`.")
            return super().ask(question, options, place)

    async def look(client: Client) -> None:
        given = {k: films.id("park.mp4") if v == "PARK" else v for k, v in asked.items()}
        reply = await client.call_tool("ask", {"question": "Who runs?", **given})
        assert reply.is_error
        assert said in reply.content[0].text
        assert "Traceback" not in reply.content[0].text

    use(films, tmp_path, look, Strict(films.id("park.mp4")))


def test_more_questions_than_may_wait_are_told_so(films: World, tmp_path: Path) -> None:
    first_is_asked, go_on = Event(), Event()

    class Slow(Seer):
        def ask(
            self, question: str, options: SearchOptions, place: VideoReference | None = None
        ) -> AnswersReply:
            first_is_asked.set()
            go_on.wait(30)
            return super().ask(question, options, place)

    async def look(client: Client) -> None:
        told: list[str] = []

        async def one() -> None:
            reply = await client.call_tool("ask", {"question": "Who runs?"})
            told.append("busy" if reply.is_error else "answered")
            if reply.is_error:
                assert "ask again in a moment" in reply.content[0].text

        async with anyio.create_task_group() as group:
            for _ in range(1 + WAITING + 2):
                group.start_soon(one)
            while told.count("busy") < 2:
                await anyio.sleep(0.01)
            assert await anyio.to_thread.run_sync(first_is_asked.wait, 30)
            go_on.set()
        assert sorted(told) == ["answered"] * (1 + WAITING) + ["busy"] * 2

    use(films, tmp_path, look, Slow(films.id("park.mp4")))


def test_over_http_with_the_token_only(films: World, tmp_path: Path) -> None:
    async def go(address: str, headers: dict[str, str]) -> str:
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
        ):
            reply = await client.call_tool("search", {"query": "a dog", "min_confidence": 0})
            return str(reply.structured_content["moments"][0]["text"])

    with serving(site(films.library, tmp_path, token=SECRET)) as address:
        right = {"authorization": f"Bearer {SECRET}"}
        assert "dog" in anyio.run(go, address, right)
        with pytest.raises(BaseExceptionGroup):  # the client gives up
            anyio.run(go, address, {"authorization": "Bearer wrong"})


def test_as_the_command_on_stdin_and_stdout(films: World) -> None:
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "cli", "--library", str(films.library), "mcp"],
        cwd=ROOT,
    )

    async def go() -> None:
        with anyio.fail_after(90):
            async with Client(stdio_client(started)) as client:
                reply = await client.call_tool("search", {"query": "an owl", "min_confidence": 0})
                assert reply.structured_content["moments"][0]["text"] == "an owl"

    anyio.run(go)
