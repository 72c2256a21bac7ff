"""The server starts, or says why not, and ends."""

import signal
import socket
import sys

import httpx2
import pytest

import cli
from indexer.installation import advice
from tests.command import Run, one_sentence
from tests.serving import World, program, world


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("attacked"))


def test_a_server_for_others_does_not_start_without_a_token(run: Run, films: World) -> None:
    outcome = run("--library", films.library, "serve", "--host", "0.0.0.0", "--port", "0")
    assert outcome.status == 2
    assert one_sentence(outcome.err)
    assert "--token-file" in outcome.err


def test_ctrl_c_ends_the_server_at_once(films: World) -> None:
    with program(films.library) as (address, process):
        assert httpx2.get(f"{address}/api/search?q=dog", timeout=60).status_code == 200
        with httpx2.stream("GET", f"{address}/api/media/{films.id('park.mp4')}") as reply:
            next(reply.iter_raw(10))
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_port_that_is_taken_is_one_sentence(run: Run, films: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        outcome = run("--library", films.library, "serve", "--port", port)
    assert outcome.status == 2
    assert one_sentence(outcome.err)
    assert "--port" in outcome.err


def test_without_a_library_the_server_says_so(run: Run) -> None:
    outcome = run("serve", "--port", "0")
    assert outcome.status == 2
    assert "scenelist index" in outcome.err


@pytest.mark.parametrize("command", ["serve", "mcp"])
def test_without_the_extra_the_remedy_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in {"serve", "fastapi", "mcp"}]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("fastapi", "mcp"):
        monkeypatch.setitem(sys.modules, name, None)
    outcome = run(command)
    assert outcome.status == 2
    assert one_sentence(outcome.err)
    assert advice("serve") in outcome.err


def test_help_names_the_three_commands() -> None:
    assert {"serve", "mcp", "vlc-extension"} <= set(cli.COMMANDS)
