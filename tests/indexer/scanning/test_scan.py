"""Finding files, and telling their contents apart."""

import os
import sys
from pathlib import Path

import pytest

from indexer.errors import RequestError
from indexer.scanning.scan import scan, wanted


def test_raw_streams_and_ivf_are_looked_for(tmp_path: Path) -> None:
    names = [f"a.{suffix}" for suffix in ("264", "265", "avc", "h264", "h265", "hevc", "ivf")]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in scan([tmp_path])] == names


def touch(folder: Path, *names: str) -> list[Path]:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return [folder / name for name in names]


def test_folders_are_walked_by_suffix_and_hidden_ones_left_out(tmp_path: Path) -> None:
    wanted = touch(tmp_path, "a.mp4", "b.MKV", "deep/er/c.ts")
    touch(tmp_path, "notes.txt", ".hidden.mp4", ".trash/d.mp4", "mp4")
    assert list(scan([tmp_path])) == wanted


def test_files_are_taken_as_named_and_once(tmp_path: Path) -> None:
    odd, plain = touch(tmp_path, "no-suffix", "a.mp4")
    assert list(scan([odd, tmp_path, plain])) == [odd, plain]


def test_globs_leave_files_and_folders_out(tmp_path: Path) -> None:
    wanted = touch(tmp_path, "keep.mp4")
    touch(tmp_path, "proxy_a.mp4", "proxies/b.mp4", "deep/x/c.mp4")
    assert list(scan([tmp_path], ["proxy_*", "proxies", "*/deep/*"])) == wanted


def test_an_ignore_file_speaks_for_its_folder_and_those_below(tmp_path: Path) -> None:
    kept = touch(tmp_path, "a.mp4", "sub/keep.mp4", "sub/raw.mp4")
    left = touch(tmp_path, "raw.mp4", "b_proxy.mp4", "old/c.mp4", "sub/x_proxy.mp4")
    (tmp_path / ".scenelistignore").write_text("# not these\n*_proxy.mp4\nold/\nraw.mp4\n")
    (tmp_path / "sub/.scenelistignore").write_text("!raw.mp4\n")
    assert list(scan([tmp_path])) == kept
    assert all(wanted(path, [tmp_path]) for path in kept)
    assert not any(wanted(path, [tmp_path]) for path in left)
    assert wanted(left[0], [left[0]]), "a file named is taken"
    assert not wanted(tmp_path / ".trash/d.mp4", [tmp_path])
    assert not wanted(kept[0], [tmp_path / "sub"])


def test_a_path_that_is_not_there_is_a_request_error(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="gone"):
        list(scan([tmp_path / "gone"]))


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_loops_of_links_end(tmp_path: Path) -> None:
    (path,) = touch(tmp_path, "a/b.mp4")
    (tmp_path / "a/loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a/dangling.mp4").symlink_to(tmp_path / "nowhere")
    assert path in list(scan([tmp_path]))
    assert len(list(scan([tmp_path]))) <= 2


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow only Unicode names")
def test_names_that_are_not_utf8_are_found(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    touch(tmp_path, name)
    assert [path.name for path in scan([tmp_path])] == [name]


def test_unreadable_folders_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = touch(tmp_path, "a.mp4")
    touch(tmp_path, "locked/b.mp4")
    real = os.scandir

    def guarded(folder: Path) -> object:
        if Path(folder).name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr("indexer.scanning.scan.os.scandir", guarded)
    told: list[tuple[str, str]] = []
    assert list(scan([tmp_path], on_error=lambda p, e: told.append((p.name, e)))) == [path]
    assert told == [("locked", "Permission denied")]
