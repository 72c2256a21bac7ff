"""Videos in object storage: found, read by ranges, known by content; by moto's server of S3."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.errors import RequestError
from indexer.scanning.fingerprint import fingerprint
from indexer.scanning.remote_path import RemotePath, is_remote, remote
from indexer.scanning.scan import absolute, scan
from search.store.stored_paths import to_path, to_text
from tests.command import FAKE, Run, one_sentence

pytest.importorskip("s3fs")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Run a storage on this machine."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, videos: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemotePath]:
    """Return a bucket with the two videos and things beside them."""
    import fsspec

    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    system = fsspec.filesystem("s3", use_listings_cache=False)
    system.mkdir("films")
    system.put_file(str(videos / "one.mp4"), "films/tv/one.mp4")
    system.put_file(str(videos / "deep" / "two #2.mkv"), "films/tv/deep/zwei ü #2.mkv")
    system.pipe_file("films/tv/one.srt", b"1\n00:00:01,000 --> 00:00:04,000\nHello moto\n")
    for name in ("films/tv/.hidden/x.mp4", "films/tv/notes.txt", "films/tv/old/three.mp4"):
        system.pipe_file(name, b"no video")
    yield remote("s3://films/tv")
    system.rm("films", recursive=True)
    fsspec.get_filesystem_class("s3").clear_instance_cache()


@pytest.mark.parametrize(
    ("text", "yes"),
    [("s3://b/k", True), ("s3:/b/k", True), ("/s3:/b", False), ("C:/b", False), ("a b://c", False)],
)
def test_addresses_are_told_from_paths(text: str, yes: bool) -> None:
    assert is_remote(text) == yes
    assert is_remote(Path(text)) == yes


def test_an_address_is_a_path_whatever_is_done_with_it() -> None:
    path = absolute(Path("s3://b/a/é #%?.mp4"))
    assert str(path) == "s3://b/a/é #%?.mp4"
    assert str(path.parent / "x.mp4") == "s3://b/a/x.mp4"
    assert (path.name, path.suffix) == ("é #%?.mp4", ".mp4")
    assert path.as_uri() == "s3://b/a/%C3%A9%20%23%25%3F.mp4"
    assert path.relative_to(remote("s3://b")).as_posix().endswith("é #%?.mp4")
    for copy in (to_path(to_text(path)), pickle.loads(pickle.dumps(path)), path.absolute()):
        assert isinstance(copy, RemotePath)
        assert copy == path and hash(copy) == hash(path)
    with pytest.raises(PermissionError):
        path.open("wb")


def test_folders_are_scanned_and_contents_are_known_as_on_disk(
    bucket: RemotePath, videos: Path
) -> None:
    found = list(scan([bucket], ["old"]))
    assert [str(path) for path in found] == [
        "s3://films/tv/deep/zwei ü #2.mkv",
        "s3://films/tv/one.mp4",
    ]
    local = videos / "one.mp4"
    assert fingerprint(found[1]) == fingerprint(local)
    assert found[1].stat().st_size == local.stat().st_size
    assert found[1].stat().st_mtime_ns > 0
    assert bucket.is_dir() and found[1].is_file() and not (bucket / "none").exists()


def test_ignore_files_hold_in_a_bucket_as_in_a_folder(
    bucket: RemotePath, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    system = fsspec.filesystem("s3", use_listings_cache=False)
    for name in ("trash/a.mp4", "trash/deep/b.mp4", "old/keep.mp4", "deep/raw.mp4"):
        system.pipe_file(f"films/tv/{name}", b"no video")
    system.pipe_file("films/.scenelistignore", b"*.mkv\n")
    system.pipe_file("films/tv/.scenelistignore", b"# not these\ntrash/\nold/*\n!old/keep.mp4\n")
    system.pipe_file("films/tv/deep/.scenelistignore", b"raw*\n")
    read: list[str] = []
    real = RemotePath.open

    def noted(self: RemotePath, *arguments: Any, **how: Any) -> Any:
        read.append(str(self))
        return real(self, *arguments, **how)

    monkeypatch.setattr(RemotePath, "open", noted)
    found = [str(path).removeprefix("s3://films/tv/") for path in scan([bucket])]
    assert found == ["deep/zwei ü #2.mkv", "old/keep.mp4", "one.mp4"], "of what is above, none"
    assert sorted(read) == [
        "s3://films/tv/.scenelistignore",
        "s3://films/tv/deep/.scenelistignore",
    ], "no request for folders that have none"
    assert run("index", f"{bucket}/one.mp4", f"{bucket}/deep", *FAKE).status == 0
    system.pipe_file("films/tv/deep/.scenelistignore", b"*\n")
    hidden = run("index", str(bucket), "--exclude", "old", *FAKE)
    assert "deep/.scenelistignore hides 1 video" in hidden.err
    assert "zwei" not in run("search", "in:films").out
    system.rm("films/tv/deep/.scenelistignore")
    assert run("index", str(bucket), "--exclude", "old", "--exclude", "raw*", *FAKE).status == 0
    assert "zwei" in run("search", "in:films").out


def test_a_large_file_is_read_by_ranges(bucket: RemotePath) -> None:
    import fsspec

    system = fsspec.filesystem("s3", use_listings_cache=False)
    system.pipe_file("films/large.mp4", bytes(40 * 2**20))
    fetched: list[int] = []
    whole = type(system)._cat_file

    async def counted(self: object, path: str, **how: object) -> bytes:
        data: bytes = await whole(self, path, **how)
        fetched.append(len(data))
        return data

    from s3fs import core

    before = core._inner_fetch

    async def inner(*arguments: object, **how: object) -> bytes:
        data: bytes = await before(*arguments, **how)
        fetched.append(len(data))
        return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "_inner_fetch", inner)
        fingerprint(remote("s3://films/large.mp4"))
    assert fetched
    assert sum(fetched) < 8 * 2**20


def test_what_is_not_there_is_told_in_a_sentence(bucket: RemotePath, run: Run) -> None:
    for address in ("s3://films/none", "s3://no-such-bucket/x"):
        done = run("index", address, *FAKE)
        assert (done.status, one_sentence(done.err)) == (2, True), done.err
        assert address in done.err
    assert "--offline" in run("--offline", "index", str(bucket), *FAKE).err
    with pytest.raises(RequestError, match="without file"):
        absolute("file:///films")
    watching = run("index", str(bucket), *FAKE, "--watch")
    assert watching.status == 2
    assert "cannot be watched" in watching.err


def test_a_bucket_is_indexed_as_its_files_on_a_disk_would_be(
    bucket: RemotePath, run: Run, videos: Path
) -> None:
    index = ("index", str(bucket), "--exclude", "old", *FAKE)
    done = run(*index)
    assert done.status == 0, done.err
    lines = [json.loads(line) for line in run("export").out.splitlines()]
    told = {
        (line["video"], line["start"], line["text"], line.get("transcript"))
        for line in lines
        if "text" in line
    }
    assert {video for video, *_ in told} == {
        "s3://films/tv/one.mp4",
        "s3://films/tv/deep/zwei ü #2.mkv",
    }
    assert any(said == "Hello moto" for *_, said in told)
    # Nothing is read again, and files of the same content on a disk are recognised.
    assert run(*index).out.endswith("2 unchanged.\n")
    assert "2 copies of others" in run("index", videos, *FAKE).out
    assert run("forget", videos).status == 0
    assert "s3://films/tv/one.mp4" in run("list").out
    found = run("search", "a picture", "--min-confidence", "0", "-o", "-", "--format", "xspf")
    assert "<location>s3://films/tv/one.mp4</location>" in found.out, found.err
    mapped = ("--map", "s3://films=/mnt/films", "-o", "-", "--format", "xspf")
    found = run("search", "a picture", "--min-confidence", "0", *mapped)
    assert "<location>file:///mnt/films/tv/one.mp4</location>" in found.out, found.err
    assert run("forget", str(bucket)).status == 0
    assert "one.mp4" not in run("list").out
