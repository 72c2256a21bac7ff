"""The search box inside real VLC, on a screen that is not there, moved by hands that are not."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from serve.vlc.install import install
from tests.serving import World, serving, site, world

_PROGRAMS = ("vlc", "Xvfb", "xdotool", "ffmpeg")
_NOBODY = 65_534
_CONFIG = "[qt]\nqt-privacy-ask=0\n[core]\nmetadata-network-access=0\n"
# Where things are in the dialog, as shares of its width and height.
QUESTION, SEARCH, FIRST, PLAY_ALL, PLAY_THIS, SERVER = (
    (0.4, 0.07),
    (0.88, 0.07),
    (0.3, 0.145),
    (0.11, 0.72),
    (0.31, 0.72),
    (0.6, 0.93),
)


def require_programs() -> None:
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing and os.environ.get("SCENELIST_REQUIRE_VLC"):
        pytest.fail(f"{', '.join(missing)}: not installed, and these tests must run")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@dataclass
class Player:
    """A running VLC: its screen, its log, and the port of its remote control."""

    display: str
    log: Path
    port: int

    def hand(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words],
            env={**os.environ, "DISPLAY": self.display},
            timeout=30,
            check=False,  # it exits 1 where no window has the name yet
            capture_output=True,
            text=True,
        )
        return done.stdout

    def window(self, name: str, seconds: float = 60) -> str:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.hand("search", "--onlyvisible", "--name", name).split()
            if found:
                return found[-1]
            time.sleep(0.2)
        raise TimeoutError(name)

    def box(self, window: str) -> dict[str, int]:
        lines = self.hand("getwindowgeometry", "--shell", window).split()
        return {name: int(value) for name, _, value in (line.partition("=") for line in lines)}

    def click(self, window: str, place: tuple[float, float], times: int = 1) -> None:
        box = self.box(window)
        x = box["X"] + round(place[0] * box["WIDTH"])
        y = box["Y"] + round(place[1] * box["HEIGHT"])
        self.hand("mousemove", str(x), str(y))
        self.hand("click", "--repeat", str(times), "--delay", "60", "1")
        time.sleep(0.4)

    def write(self, text: str) -> None:
        self.hand("key", "ctrl+a")
        self.hand("type", "--delay", "20", text)
        time.sleep(0.3)

    def said(self, text: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while text not in self.log.read_text("utf-8", "replace"):
            assert time.monotonic() < until, self.log.read_text("utf-8", "replace")[-3_000:]
            time.sleep(0.2)

    def ask(self, command: str) -> str:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.settimeout(2)
            connection.sendall(f"{command}\n".encode())
            time.sleep(0.5)
            return connection.recv(65_536).decode("utf-8", "replace")

    def seconds(self) -> int | None:
        numbers = [word for word in self.ask("get_time").split() if word.isdigit()]
        return int(numbers[-1]) if numbers else None

    def picture(self, path: Path) -> None:
        grab = ["-f", "x11grab", "-video_size", "1200x900", "-i", self.display]
        subprocess.run(
            ["ffmpeg", "-loglevel", "error", "-y", *grab, "-frames:v", "1", str(path)],
            timeout=60,
            check=True,
        )


@pytest.fixture(scope="module")
def films() -> Iterator[World]:
    """Return films that another user, as whom VLC runs, can read."""
    folder = Path(tempfile.mkdtemp(prefix="scenelist-vlc-"))
    folder.chmod(0o755)
    yield world(folder)
    shutil.rmtree(folder)


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Player]:
    require_programs()
    home = Path(tempfile.mkdtemp(prefix="scenelist-home-"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    install()
    (home / "config" / "vlc").mkdir(parents=True)
    (home / "config" / "vlc" / "vlcrc").write_text(_CONFIG)
    log = home / "log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_root = os.getuid() == 0
    if as_root:
        for path in (home, *home.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY)
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1200x900x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert screen.stdout is not None
    display = f":{int(screen.stdout.readline())}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "share"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(home),
        "DISPLAY": display,
        "LC_ALL": "C.UTF-8",
    }
    with log.open("wb") as out:
        vlc = subprocess.Popen(
            ["vlc", "--no-audio", "-vv", "--extraintf", "rc", "--rc-host", f"127.0.0.1:{port}"],
            env=environment,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            user=_NOBODY if as_root else None,
            group=_NOBODY if as_root else None,
            extra_groups=[] if as_root else None,
        )
    try:
        yield Player(display, log, port)
    finally:
        for process in (vlc, screen):
            process.kill()
            process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.vlc
def test_search_and_play_inside_vlc(player: Player, films: World, tmp_path: Path) -> None:
    main = player.window("VLC media player")
    time.sleep(1)
    box = player.box(main)
    # The View menu, and in it ours: the last entry is VLC's own extension.
    player.hand("mousemove", str(box["X"] + 363), str(box["Y"] + 11))
    player.hand("click", "1")
    time.sleep(1)
    for key in ("Up", "Up", "Return"):
        player.hand("key", key)
        time.sleep(0.3)
    player.said("scenelist: ready")
    dialog = player.window("^Scenelist$")
    time.sleep(0.5)

    player.click(dialog, SERVER, times=2)
    player.write("http://127.0.0.1:9")
    player.click(dialog, QUESTION)
    player.write("a steam train arrives")
    player.click(dialog, SEARCH)
    player.said("run `scenelist serve` in a terminal")

    player.click(dialog, SERVER, times=2)
    player.write("http://films.example:80")
    player.click(dialog, SEARCH)
    player.said("The server is http://127.0.0.1:PORT on this machine.")

    with serving(site(films.library, tmp_path / "cache")) as address:
        player.click(dialog, SERVER, times=2)
        player.write(address)
        player.click(dialog, QUESTION)
        player.write('a dog not: "')
        player.click(dialog, SEARCH)
        player.said("scenelist: At character 7 of the query")
        player.click(dialog, QUESTION)
        player.write('"tall tree" in:park.mp4')
        player.click(dialog, SEARCH)
        player.said("scenelist: 1 moment.")
        player.click(dialog, FIRST)
        player.click(dialog, PLAY_THIS)
        player.said("scenelist: Playing park 0:20")
        player.said("start-time=20.060")
        seen = positions(player)
        assert seen
        assert all(20 <= second <= 30 for second in seen)
        player.click(dialog, QUESTION)
        player.write("a dog runs out")
        player.click(dialog, SEARCH)
        player.said("moments.")
        player.click(dialog, PLAY_ALL)
        player.said("scenelist: Playing park 0:10")
        kept = Path(os.environ.get("SCENELIST_SCREENSHOTS", tmp_path)) / "vlc.png"
        player.picture(kept)
        assert kept.stat().st_size > 5_000


def positions(player: Player) -> list[int]:
    """Return where VLC says it is, at a few moments of the next seconds."""
    seen = []
    until = time.monotonic() + 20
    while len(seen) < 3 and time.monotonic() < until:
        with suppress(OSError):
            second = player.seconds()
            if second:
                seen.append(second)
    return seen
