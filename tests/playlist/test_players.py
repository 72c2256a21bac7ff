"""The player of this machine, or a sentence."""

import sys
import time
from pathlib import Path

import pytest

from indexer.errors import PlaylistError
from playlist.players import Find, choose, chosen, find_player, play


def test_a_machine_without_a_player_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlaylistError, match="vlc was not found"):
        play(tmp_path / "list.xspf", find=lambda name: None)
    with pytest.raises(PlaylistError, match=r"^Neither VLC nor mpv was found on this machine: "):
        choose(find=lambda name: None)
    assert choose(find=lambda name: Path(name) if name == "mpv" else None) == "mpv"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script")
def test_the_player_is_given_the_playlist(tmp_path: Path) -> None:
    script, heard = tmp_path / "vlc", tmp_path / "heard"
    script.write_text(f'#!/bin/sh\necho "$1" > "{heard}.part"\nmv "{heard}.part" "{heard}"\n')
    script.chmod(0o755)
    play(tmp_path / "my list.xspf", find=lambda name: script)
    for _ in range(200):
        if heard.exists():
            break
        time.sleep(0.05)
    assert heard.read_text().strip().endswith("my%20list.xspf")


def test_the_player_is_the_one_wanted_else_vlc_else_mpv() -> None:
    def only(*names: str) -> Find:
        return lambda name: Path(name) if name in names else None

    assert chosen(find=only("vlc", "mpv")) == "vlc"
    assert chosen(find=only("mpv")) == "mpv"
    assert chosen("mpv", only("vlc", "mpv")) == "mpv"
    assert chosen("mpv", only("vlc")) is None
    with pytest.raises(PlaylistError, match=r"^mpv was not found .* open list\.xspf yourself"):
        choose("mpv", only("vlc"), Path("list.xspf"))


@pytest.mark.skipif(sys.platform == "win32", reason="programs have suffixes there")
def test_a_player_is_a_program_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "mpv").write_text("#!/bin/sh\n")
    assert find_player("mpv") is None, "it cannot be run"
    (tmp_path / "mpv").chmod(0o755)
    assert find_player("mpv") == tmp_path / "mpv"


@pytest.mark.parametrize(
    ("name", "enqueue", "options"),
    [
        ("vlc", False, []),
        ("vlc", True, ["--one-instance", "--playlist-enqueue"]),
        ("mpv", True, []),
    ],
)
def test_what_a_player_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, enqueue: bool, options: list[str]
) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr("subprocess.Popen", lambda command, **_: told.append(command))
    playlist = tmp_path / "a b.xspf"
    play(playlist, name, enqueue=enqueue, find=lambda name: Path("/bin") / name)
    target = playlist.as_uri() if name == "vlc" else str(playlist)
    assert told == [[str(Path("/bin") / name), *options, target]]


def test_a_player_that_does_not_start_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlaylistError, match=r"vlc did not start \(.*\): open list\.xspf yourself"):
        play(Path("list.xspf"), find=lambda name: tmp_path / "gone")
