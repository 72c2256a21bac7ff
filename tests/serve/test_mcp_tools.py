"""The tools for agents, by the official client: in process, over HTTP, and as the command."""

import base64
import io
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from serve.mcp_tools import tools
from serve.schemas.replies import DescribedVideo, PlaylistMade, SearchReply
from tests.serving import ROOT, SECRET, World, serving, site, world

Use = Callable[[Client], Awaitable[None]]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("for-agents"))


def use(films: World, cache: Path, what: Use) -> None:
    served = site(films.library, cache)

    async def go() -> None:
        with anyio.fail_after(60):
            async with Client(tools(served.engine, served.thumbnails)) as client:
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
