"""The player of this machine, or a sentence."""

import sys
import time
from pathlib import Path

import pytest

from indexer.errors import PlaylistError
from playlist.players import choose, play


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
