"""An OpenAI-style server for tests: answers at once, by a script, on this machine only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from threading import Lock, Thread
from typing import Any

Body = dict[str, Any]


@dataclass
class Reply:
    """What is answered: `breaks` closes the connection in the middle of it instead."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False


def says(text: object, tokens: int = 100, **choice: object) -> Reply:
    """Return a chat completion."""
    message = {"role": "assistant", "content": text}
    return Reply(
        body={
            "choices": [{"index": 0, "message": message, **choice}],
            "usage": {"prompt_tokens": tokens},
        }
    )


def pictures(body: Body) -> list[str]:
    """Return the data URIs of a request's pictures."""
    parts = body["messages"][0]["content"]
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


def texts(body: Body) -> list[str]:
    """Return the texts of a request, in order."""
    return [p["text"] for p in body["messages"][0]["content"] if p["type"] == "text"]


def sees(body: Body) -> Reply:
    """Answer as a model whose frames are 80 tokens each."""
    return says(f"{len(pictures(body))} frames.", tokens=50 + 80 * len(pictures(body)))


@dataclass
class Scripted:
    """A server: what it was asked, and how it answers the next one."""

    url: str = ""
    answer: Callable[[Body], Reply] = sees
    owner: str = "vllm"
    models: tuple[str, ...] = ("a-model",)
    key: str = ""
    bodies: list[Body] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: Lock = field(default_factory=Lock)


class _Server(ThreadingHTTPServer):
    """Ends its connections when it ends, as a killed one does."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._sockets: list[Any] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self._sockets.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # who asked has gone

    def server_close(self) -> None:
        super().server_close()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(SHUT_RDWR)


@contextmanager
def scripted(**facts: Any) -> Iterator[Scripted]:
    """Run a server for as long as the block lasts."""
    script = Scripted(**facts)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            if script.key and self.headers.get("Authorization") != f"Bearer {script.key}":
                self._send(Reply(401, {"error": {"message": "no such key"}}))
            elif self.path == "/v1/models":
                data = [{"id": name, "owned_by": script.owner} for name in script.models]
                self._send(Reply(body={"object": "list", "data": data}))
            else:
                self._send(Reply(404, {"detail": "Not Found"}))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with script.lock:
                script.bodies.append(body)
                script.at_once += 1
                script.most_at_once = max(script.most_at_once, script.at_once)
            try:
                reply = script.answer(body)
            finally:
                with script.lock:
                    script.at_once -= 1
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + 100 * reply.breaks))
            self.end_headers()
            self.wfile.write(body)
            if reply.breaks:
                self.close_connection = True

    with _Server(Handler) as server:
        script.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join(timeout=10)
