"""Addresses of servers: what is completed, what is refused, and which are this machine."""

import pytest

from indexer.describing.servers.address import address
from indexer.errors import RequestError


@pytest.mark.parametrize(
    ("url", "api", "host", "here"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1", "127.0.0.1:8000", True),
        ("http://localhost:1234/v1/", "http://localhost:1234/v1", "localhost:1234", True),
        ("http://[::1]:11434", "http://[::1]:11434/v1", "[::1]:11434", True),
        ("https://gpu.example/vlm/v1", "https://gpu.example/vlm/v1", "gpu.example", False),
        ("http://box:8000/v1/chat/completions", "http://box:8000/v1", "box:8000", False),
        ("http://localhost.example", "http://localhost.example/v1", "localhost.example", False),
        ("http://0.0.0.0:1", "http://0.0.0.0:1/v1", "0.0.0.0:1", False),
    ],
)
def test_an_address_is_completed(url: str, api: str, host: str, here: bool) -> None:
    where = address(url)
    assert (where.api, where.host, where.here) == (api, host, here)
    assert where.encrypted == url.startswith("https")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "ftp://box/",
        "http://",
        "http://box:port",
        "http://box:99999",
        "http://b ox/",
        "http://box/\x1b[31m",
        "http://box/?key=1",
        "http://box/#a",
        "http://me:secret@box/",
    ],
)
def test_what_is_no_address_is_told_in_a_sentence(url: str) -> None:
    with pytest.raises(RequestError) as told:
        address(url)
    assert "secret" not in str(told.value)
    assert "\x1b" not in str(told.value)
