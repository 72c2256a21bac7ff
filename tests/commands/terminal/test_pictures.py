"""Pictures beside answers: in a terminal that says it can show them, and nowhere else."""

import os
import select
import struct
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.command import Run

pytest.importorskip("textual_image")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
ROOT = Path(__file__).parents[3]
SIXEL = "\x1bP"


def at_terminal(
    arguments: list[str],
    answers: dict[bytes, bytes],
    size: tuple[int, int] = (24, 80),
    limit_s: float = 120,
) -> str:
    """Return what a command prints at a terminal that answers some questions put to it."""
    import fcntl
    import pty
    import termios

    pid, terminal = pty.fork()
    if not pid:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "cli", *arguments])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    heard, told, until = b"", 0, monotonic() + limit_s
    with suppress(OSError):  # how Linux says that the other end is closed
        while monotonic() < until:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            if not (part := os.read(terminal, 65_536)):
                break
            heard += part
            for question, answer in answers.items():
                if question in heard[told:]:
                    told = len(heard)
                    os.write(terminal, answer)
    os.close(terminal)
    os.waitpid(pid, 0)
    return heard.decode("utf-8", "replace")


@pytest.fixture
def terminal(indexed: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return indexed


# Primary device attributes: 4 means sixel; and the size of a cell in pixels.
CAN = {b"\x1b[c": b"\x1b[?62;4c", b"\x1b[16t": b"\x1b[6;20;10t"}
CANNOT = {b"\x1b[c": b"\x1b[?62c", b"\x1b[16t": b"\x1b[6;20;10t"}


def test_a_terminal_that_can_show_pictures_gets_them(terminal: Run) -> None:
    asked = ["search", "grey picture", "--limit", "2"]
    shown = at_terminal(asked, CAN)
    assert shown.count(SIXEL) == 2
    assert "one.mp4" in shown
    assert SIXEL not in at_terminal([*asked, "--no-pictures"], CAN)


@pytest.mark.parametrize(("answers", "size"), [(CANNOT, (24, 80)), (CAN, (0, 0))])
def test_one_that_cannot_gets_words(
    terminal: Run, answers: dict[bytes, bytes], size: tuple[int, int]
) -> None:
    shown = at_terminal(["search", "grey picture", "--limit", "2"], answers, size)
    assert SIXEL not in shown
    assert "one.mp4" in shown
