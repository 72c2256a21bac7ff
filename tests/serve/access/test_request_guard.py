"""Whose requests are answered, and which addresses are open."""

import pytest

from indexer.errors import RequestError
from serve.access.request_guard import Access, FailedSignIns, is_loopback, names_for
from serve.wiring import access


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
