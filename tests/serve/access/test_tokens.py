"""Tokens and the cookies made with them."""

import stat
from pathlib import Path

import pytest

from indexer.errors import RequestError
from serve.access.tokens import Token, read_token
from tests.command import Run
from tests.serving import SECRET


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
