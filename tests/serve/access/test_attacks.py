"""What others may try against a server: wrong names, foreign pages, no token, tricks, floods."""

import json
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

import cli
from indexer.errors import RequestError
from indexer.installation import advice
from serve.access.request_guard import Access, FailedSignIns, is_loopback, names_for
from serve.access.tokens import COOKIE, Token, read_token
from serve.wiring import access
from tests.command import Run, one_sentence
from tests.serving import HOSTILE, SECRET, World, program, serving, site, world


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("attacked"))


@pytest.fixture(scope="module")
def opened(films: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(site(films.library, tmp_path_factory.mktemp("cache"))) as address:
        yield address


@pytest.fixture
def closed(films: World, tmp_path: Path) -> Iterator[str]:
    with serving(site(films.library, tmp_path, token=SECRET)) as address:
        yield address


# ------------------------------------------------------------------ names and origins


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8420", True),
        ("127.0.0.1:8420", True),
        ("127.0.0.1", True),
        ("[::1]:8420", True),
        ("LOCALHOST", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example:8420", False),
        ("localhost.evil.example", False),
        ("192.168.1.5:8420", False),
        ("", False),
        ("localhost:8420@evil.example", False),
    ],
)
def test_only_own_names_are_answered(host: str, known: bool) -> None:
    assert Access().knows(host) is known


def test_on_all_addresses_an_address_is_a_name_but_no_foreign_name_is() -> None:
    wide = Access(names_for("0.0.0.0", ["films.lan"]), any_address=True)
    assert wide.knows("192.168.1.5:8420")
    assert wide.knows("films.lan")
    assert not wide.knows("evil.example")


def test_a_foreign_host_gets_nothing(opened: str) -> None:
    for path in ("/", "/api/status", "/script.js"):
        reply = httpx2.get(opened + path, headers={"host": "evil.example"})
        assert reply.status_code == 421
        assert "films" not in reply.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/play"), ("POST", "/api/playlist"), ("POST", "/mcp"), ("GET", "/api/status")],
)
def test_another_page_may_ask_for_nothing(
    opened: str, method: str, path: str, headers: dict[str, str]
) -> None:
    assert httpx2.request(method, opened + path, headers=headers, json={}).status_code == 403


def test_a_link_may_be_followed_and_the_own_page_may_ask(opened: str) -> None:
    followed = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }
    assert httpx2.get(f"{opened}/?q=dog", headers=followed).status_code == 200
    own = {"origin": opened, "sec-fetch-site": "same-origin"}
    assert httpx2.get(f"{opened}/api/status", headers=own).status_code == 200


def test_every_reply_forbids_what_a_browser_need_not_do(opened: str, films: World) -> None:
    paths = [
        "/",
        "/api/status",
        "/api/nothing",
        f"/api/media/{films.id('park.mp4')}",
        "/api/search",
    ]
    for path in paths:
        headers = httpx2.get(opened + path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers or "uvicorn" not in headers["server"]


# ------------------------------------------------------------------ the token


def test_without_the_token_there_is_nothing_but_the_page(closed: str, films: World) -> None:
    name = films.id("park.mp4")
    for path in (
        "/api/search?q=dog",
        "/api/status",
        "/api/videos",
        f"/api/media/{name}",
        f"/api/thumbnails/{name}/0.jpg",
        f"/api/clips/{name}?start=0&end=1",
        "/api/openapi.json",
        "/mcp",
        "/api/vlc?q=dog",
    ):
        reply = httpx2.get(closed + path)
        assert reply.status_code == 401, path
        assert reply.headers["www-authenticate"] == "Bearer"
    assert httpx2.get(closed).status_code == 200


def test_the_token_opens_the_api(closed: str) -> None:
    right = {"authorization": f"Bearer {SECRET}"}
    assert httpx2.get(f"{closed}/api/status", headers=right).status_code == 200
    for wrong in (f"Bearer {SECRET}x", f"Basic {SECRET}", f"Bearer {SECRET[:-1]}", "Bearer"):
        reply = httpx2.get(f"{closed}/api/status", headers={"authorization": wrong})
        assert reply.status_code == 401, wrong


def test_a_sign_in_sets_a_cookie_that_scripts_cannot_read(closed: str) -> None:
    with httpx2.Client(base_url=closed) as client:
        assert client.post("/api/sign-in", json={"token": "x" * 40}).status_code == 401
        reply = client.post("/api/sign-in", json={"token": SECRET})
        cookie = reply.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert SECRET not in cookie
        assert client.get("/api/status").status_code == 200
        client.post("/api/sign-out", json={})
        assert client.get("/api/status").status_code == 401


def test_a_cookie_is_made_with_the_token_and_ends() -> None:
    token = Token(SECRET)
    cookie = token.cookie(1_000_000)
    assert token.made(cookie, 1_000_001)
    assert not token.made(cookie, 1_000_000 + 31 * 24 * 3600)
    assert not Token(SECRET + "x").made(cookie, 1_000_001)
    until, _, signature = cookie.partition(".")
    assert not token.made(f"{int(until) + 1}.{signature}", 1_000_001)
    for wrong in ("", ".", "9999999999.", f"{until}.ä", "٣.x"):
        assert not token.made(wrong, 1_000_001)


def test_a_forged_cookie_is_none(closed: str) -> None:
    for forged in ("9999999999.00", "", "x", "9999999999." + "0" * 64):
        reply = httpx2.get(f"{closed}/api/status", headers={"cookie": f"{COOKIE}={forged}"})
        assert reply.status_code == 401


def test_guessing_is_slowed_down(closed: str) -> None:
    tries = [
        httpx2.post(f"{closed}/api/sign-in", json={"token": f"guess {i} " * 5}).status_code
        for i in range(12)
    ]
    assert tries == [401] * 10 + [429] * 2
    assert httpx2.post(f"{closed}/api/sign-in", json={"token": SECRET}).status_code == 429
    guess = {"authorization": "Bearer guess"}
    assert httpx2.get(f"{closed}/api/status", headers=guess).status_code == 429


def test_after_a_minute_one_may_try_again() -> None:
    now = [0.0]
    failed = FailedSignIns(most=2, most_of_all=5, now=lambda: now[0])
    failed.note("a")
    failed.note("a")
    assert failed.too_many("a")
    assert not failed.too_many("b")
    for client in "bcd":
        failed.note(client)
    assert failed.too_many("e")  # all together
    now[0] = 61
    assert not failed.too_many("a")


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("nas", False)],
)
def test_only_loopback_is_open_without_a_token(host: str, here: bool) -> None:
    assert is_loopback(host) is here
    if here:
        assert access(host, (), None).token is None
    else:
        with pytest.raises(RequestError, match="--token-file"):
            access(host, (), None)


def test_a_server_for_others_does_not_start_without_a_token(run: Run, films: World) -> None:
    outcome = run("--library", films.library, "serve", "--host", "0.0.0.0", "--port", "0")
    assert outcome.status == 2
    assert one_sentence(outcome.err)
    assert "--token-file" in outcome.err


def test_a_new_token_is_long_and_its_owners_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "token"
    assert run("serve", "--new-token", path).status == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) >= 32
    assert read_token(path).is_(path.read_text().strip())
    before = path.read_text()
    assert run("serve", "--new-token", path).status == 2
    assert path.read_text() == before
    path.chmod(0o644)
    with pytest.raises(RequestError, match="chmod 600"):
        read_token(path)
    path.chmod(0o600)
    path.write_text("short")
    with pytest.raises(RequestError, match="5 characters"):
        read_token(path)


# ------------------------------------------------------------------ tricks


@pytest.mark.parametrize(
    "path",
    [
        "/api/media/..%2f..%2fetc%2fpasswd",
        "/api/media/%2fetc%2fpasswd",
        "/api/media/..",
        "/api/media/file:%2f%2f%2fetc%2fpasswd",
        "/api/thumbnails/..%2f..%2f..%2fetc/0.jpg",
        "/api/thumbnails/%00/0.jpg",
        "/api/thumbnails/x/-1.jpg",
        "/api/thumbnails/x/99999999999999999999999.jpg",
        "/api/clips/%2fetc%2fpasswd?start=0&end=1",
        "/api/videos/..%2f..",
        "/..%2f..%2fetc%2fpasswd",
        "/../../etc/passwd",
        "/page/../script.js",
        "/style.css/../../app.py",
        "/static//etc/passwd",
        "/api/media/" + "a" * 5000,
    ],
)
def test_no_path_leads_out(opened: str, path: str) -> None:
    """Sent as it stands: a client library would tidy it."""
    status, body = raw(opened, f"GET {path} HTTP/1.1")
    assert status in {400, 404, 405}
    assert b"root:" not in body
    assert b"def " not in body


@pytest.mark.parametrize(
    "wanted",
    [
        "bytes=" + ",".join(f"{i}-{i}" for i in range(1000)),
        "bytes=0-1,0-1",
        "bytes=-0",
        "bytes=9-1",
        "bytes=99999999999999999999-",
        "bytes=a-b",
        "bytes",
        "bits=0-1",
        "bytes=0-" + "9" * 5000,
    ],
)
def test_odd_ranges_do_not_crash(opened: str, films: World, wanted: str) -> None:
    path = f"{opened}/api/media/{films.id('park.mp4')}"
    reply = httpx2.get(path, headers={"range": wanted})
    assert reply.status_code in {200, 206, 400, 416}
    assert len(reply.content) <= films.films["park.mp4"].size_bytes


def test_ten_thousand_characters_are_too_many(opened: str) -> None:
    assert httpx2.get(f"{opened}/api/search", params={"q": "a" * 10_000}).status_code == 400
    assert httpx2.get(f"{opened}/api/search", params={"q": "a" * 20_000}).status_code == 414
    status, _ = raw(opened, "GET /api/search?q=" + "a" * 100_000 + " HTTP/1.1")
    assert status in {400, 414, 431}
    many = [("in", f"x{i}") for i in range(100)]
    reply = httpx2.get(f"{opened}/api/search", params=[("q", "dog"), *many])
    assert reply.status_code == 400
    assert httpx2.get(f"{opened}/api/health").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["\x00", "';DROP TABLE segments;--", '"%_"', "\"'", "a" * 2000, "(" * 500, "\ud83d\ude00" * 9],
)
def test_odd_questions_are_answered_or_refused(opened: str, query: str) -> None:
    text = query.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    reply = httpx2.get(f"{opened}/api/search", params={"q": text, "min_confidence": 0}, timeout=60)
    assert reply.status_code in {200, 400}
    reply.json()


def test_too_large_a_body_is_refused(opened: str) -> None:
    reply = httpx2.post(f"{opened}/api/playlist", content=b"x" * 1_500_000)
    assert reply.status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(60):
            yield b"y" * 50_000

    try:
        undeclared = httpx2.post(f"{opened}/api/playlist", content=endless())
        assert undeclared.status_code in {400, 413}
    except httpx2.HTTPError:
        pass  # cut off is as good
    assert httpx2.get(f"{opened}/api/health").status_code == 200


def test_markup_is_data_everywhere(opened: str, films: World) -> None:
    asked = {"q": "onerror", "in": "<b>*", "min_confidence": 0}
    reply = httpx2.get(f"{opened}/api/search", params=asked)
    (moment,) = reply.json()["moments"]
    assert moment["text"] == " ".join(HOSTILE.split())  # as it is shown everywhere
    assert reply.headers["content-type"] == "application/json"
    chosen = {
        "moments": [{"video": moment["video"], "start": 0, "end": 5, "text": HOSTILE}],
        "title": '"; filename=evil.exe\r\nx-evil: 1\r\n\r\n<script>',
    }
    for kind in ("html", "xspf", "fcpxml", "m3u8"):
        made = httpx2.post(f"{opened}/api/playlist", json={**chosen, "format": kind})
        assert made.status_code == 200
        assert "x-evil" not in made.headers
        assert made.headers["content-disposition"].startswith('attachment; filename="filename-evil')
        assert "evil.exe" not in made.headers["content-disposition"]
        if kind != "m3u8":
            assert b"<img src=x" not in made.content
            assert b"<script>" not in made.content


def test_a_file_that_changed_is_not_sent_as_what_it_was(tmp_path: Path) -> None:
    films = world(tmp_path)
    video = films.films["park.mp4"]
    with serving(site(films.library, tmp_path / "cache")) as address:
        os.truncate(video.path, 1_000)
        assert httpx2.get(f"{address}/api/media/{video.fingerprint}").status_code == 404
        video.path.unlink()
        assert httpx2.get(f"{address}/api/media/{video.fingerprint}").status_code == 404
        os.mkfifo(video.path)
        assert httpx2.get(f"{address}/api/media/{video.fingerprint}", timeout=20).status_code == 404


def test_a_file_deleted_while_it_streams_ends_the_stream_only(tmp_path: Path) -> None:
    films = world(tmp_path)
    video = films.films["old film.avi"]
    with (
        serving(site(films.library, tmp_path / "cache")) as address,
        httpx2.Client(base_url=address, timeout=30) as client,
    ):
        with client.stream("GET", f"/api/media/{video.fingerprint}") as reply:
            pieces = reply.iter_raw(1_000)
            got = len(next(pieces))
            video.path.unlink()
            got += sum(map(len, pieces))
        assert got == video.size_bytes
        assert client.get("/api/health").status_code == 200
        assert client.get(f"/api/media/{video.fingerprint}").status_code == 404


def test_a_film_ends_when_its_viewer_goes(opened: str, films: World) -> None:
    name = films.id("park.mp4")
    for _ in range(6):  # more than may be made at the same time
        with httpx2.stream("GET", f"{opened}/api/clips/{name}?start=0&end=30", timeout=60) as reply:
            assert reply.status_code == 200
            next(reply.iter_raw(100))
        wait_until(lambda: not making_films())


def test_few_films_are_made_at_a_time(films: World, tmp_path: Path) -> None:
    served = site(films.library, tmp_path)
    with serving(served) as address:
        name = films.id("park.mp4")
        held = served.filming
        held._taken = held._most  # as if others watched
        reply = httpx2.get(f"{address}/api/clips/{name}?start=0&end=5", timeout=60)
        assert reply.status_code == 503
        assert reply.headers["retry-after"] == "1"


def test_fifty_clients_at_once_are_all_answered(opened: str, films: World) -> None:
    name = films.id("park.mp4")
    paths = [
        "/api/search?q=a+dog&min_confidence=0",
        "/api/videos",
        f"/api/media/{name}",
        f"/api/thumbnails/{name}/5000.jpg",
        "/api/status",
    ]

    def ask(number: int) -> int:
        return httpx2.get(opened + paths[number % len(paths)], timeout=120).status_code

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(ask, range(150))) == {200}


# ------------------------------------------------------------------ the command itself


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


def raw(address: str, line: str) -> tuple[int, bytes]:
    """Send a request line as it stands; return the status and what follows."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"{line}\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        data = b""
        try:
            while piece := connection.recv(65_536):
                data += piece
        except ConnectionResetError:
            pass
    if not data:
        return 400, b""
    return int(data.split(b" ", 2)[1]), data


def making_films() -> list[str]:
    """Return the processes of ours that make films now."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
            parent = int(path.with_name("stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if b"indexer.media.fragmented_mp4" in words and parent == os.getpid():
            found.append(words.decode())
    return found


def wait_until(true: object, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_errors_are_json(opened: str) -> None:
    for path in ("/api/nothing", "/api/search?q=not:", "/api/videos/x"):
        assert set(json.loads(httpx2.get(opened + path).content)) <= {"error", "at"}
