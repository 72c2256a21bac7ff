"""The extension is put where VLC looks, and taken away."""

from pathlib import Path

import pytest

from indexer.errors import RequestError
from serve.vlc.install import extension_path, uninstall
from tests.command import Run, one_sentence


def test_the_extension_is_put_and_taken_away(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "ä data"))
    monkeypatch.setattr("sys.platform", "linux")
    path = extension_path()
    assert path == tmp_path / "ä data" / "vlc" / "lua" / "extensions" / "scenelist.lua"
    assert run("vlc-extension", "path").out.strip() == str(path)
    assert run("vlc-extension", "install").status == 0
    assert "function descriptor()" in path.read_text("utf-8")
    assert run("vlc-extension", "install").status == 0  # a newer one takes its place
    assert run("vlc-extension", "uninstall").status == 0
    assert not path.exists()
    assert "not installed" in run("vlc-extension", "uninstall").out


def test_a_file_that_is_not_ours_is_left_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    path = extension_path()
    path.parent.mkdir(parents=True)
    path.write_text("-- my own")
    for what in ("install", "uninstall"):
        outcome = run("vlc-extension", what)
        assert outcome.status == 2
        assert one_sentence(outcome.err)
        assert path.read_text() == "-- my own"
    with pytest.raises(RequestError):
        uninstall()


@pytest.mark.parametrize(
    ("system", "ending"),
    [
        ("darwin", "Library/Application Support/org.videolan.vlc/lua/extensions/scenelist.lua"),
        ("win32", "vlc/lua/extensions/scenelist.lua"),
    ],
)
def test_other_systems_have_their_own_places(
    system: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.delenv("APPDATA", raising=False)
    assert extension_path().as_posix().endswith(ending)
