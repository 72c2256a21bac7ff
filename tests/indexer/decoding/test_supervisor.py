"""The decoding process: what crashes or hangs in it costs at most its file."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.decoding.supervisor import DecodeWorker
from indexer.errors import VideoError
from indexer.media.readers.reader import READERS
from indexer.processes.supervisor import Child
from indexer.retry_policy import (
    CRASHED,
)
from indexer.scanning.fingerprint import fingerprint
from indexer.windows import Window, tile
from tests.media import render, steady


def of_no_known_codec(path: Path) -> Path:
    render(path, steady(1), kind="MPEG-4")
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"QQXZ"))
    return path


def test_a_codec_that_nothing_decodes_is_said(tmp_path: Path) -> None:
    path = of_no_known_codec(tmp_path / "odd.avi")
    with DecodeWorker() as worker, pytest.raises(VideoError, match="no decoder for its codec"):
        worker.probe(path)


def test_a_decoder_that_dies_while_opening_is_asked_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = render(tmp_path / "clip.mp4", steady(2))
    started: list[object] = []
    real = Child

    def dying(deaths: int) -> Callable[..., Child]:
        def child(module: str, ahead: int) -> Child:
            started.append(made := real(module, ahead))
            if len(started) <= deaths:
                made.process.kill()
            return made

        return child

    monkeypatch.setattr("indexer.processes.supervisor.Child", dying(1))
    with DecodeWorker() as worker:
        assert worker.probe(path).span.end_ms == 2_000
    assert len(started) == 2
    started.clear()
    monkeypatch.setattr("indexer.processes.supervisor.Child", dying(9))
    with DecodeWorker() as worker, pytest.raises(VideoError, match=CRASHED):
        worker.probe(path)
    assert len(started) == 2, "once more, and no more"


WINDOWS = tile(Window(0, 12_000), 2_000)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("decode") / "clip.mp4", steady(12))


def test_a_probe_tells_what_there_is(path: Path) -> None:
    with DecodeWorker() as worker:
        video = worker.probe(path)
    assert video.span == Window(0, 12_000)
    assert (video.path, video.size_bytes) == (path, path.stat().st_size)
    assert video.fingerprint == fingerprint(path)


@pytest.mark.parametrize("first", ["Crashing", "Hanging", "Failing"])
def test_another_reader_goes_on_where_one_breaks(path: Path, first: str) -> None:
    with DecodeWorker(2.0, (f"tests.broken_readers:{first}", "pyav")) as worker:
        worker.probe(path)
        clips = list(worker.clips(WINDOWS, 2, 64))
    with DecodeWorker() as worker:
        worker.probe(path)
        expected = list(worker.clips(WINDOWS, 2, 64))
    assert [clip.window for clip in clips] == WINDOWS
    assert [clip.times_ms for clip in clips] == [clip.times_ms for clip in expected]


@pytest.mark.parametrize(
    ("name", "sentence"), [("Crashing", "crashed"), ("Hanging", "hangs"), ("Failing", "breaks")]
)
def test_without_another_reader_it_costs_the_file_alone(
    path: Path, name: str, sentence: str
) -> None:
    with DecodeWorker(2.0, (f"tests.broken_readers:{name}",)) as worker:
        worker.probe(path)
        clips = worker.clips(WINDOWS, 2, 64)
        assert [next(clips).window for _ in range(2)] == WINDOWS[:2]
        with pytest.raises(VideoError, match=sentence):
            next(clips)
        assert worker.probe(path).span == Window(0, 12_000), "the next file is read"


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
@pytest.mark.parametrize("reader", READERS)
def test_a_worker_goes_on_with_what_another_has_probed(
    tmp_path: Path, suffix: str, reader: str
) -> None:
    path = render(tmp_path / f"long{suffix}", steady(120, 5), gop=40)
    windows = tile(Window(0, 120_000), 5_000)
    with DecodeWorker(readers=(reader,)) as one, DecodeWorker(readers=(reader,)) as other:
        one.probe(path)
        if reader == "sparse" and suffix == ".webm":
            pytest.skip("it reads h264 only")
        whole = list(one.clips(windows, 3, 64))
        other.go_on(path, one.timeline)
        parts = [*one.clips(windows[:11], 3, 64), *other.clips(windows[11:], 3, 64)]
    assert [clip.times_ms for clip in parts] == [clip.times_ms for clip in whole]
    for clip, expected in zip(parts, whole, strict=True):
        assert (clip.frames == expected.frames).all()


def test_a_header_tells_the_length(path: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with DecodeWorker() as worker:
        assert worker.length_ms(path) == 12_000
        with pytest.raises(VideoError):
            worker.length_ms(tmp_path / "text.mp4")
        assert worker.busy_s > 0


def test_one_process_serves_many_files(path: Path) -> None:
    with DecodeWorker() as worker:
        worker.probe(path)
        child = worker._orders.child
        assert len(list(worker.clips(WINDOWS, 2, 64))) == len(WINDOWS)
        worker.probe(path)
        assert worker._orders.child is child is not None


def test_what_libraries_print_does_not_disturb(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with DecodeWorker(readers=("tests.broken_readers:Chatty",)) as worker:
        worker.probe(path)
        assert len(list(worker.clips(WINDOWS, 2, 64))) == len(WINDOWS)
    assert capfd.readouterr() == ("", "")


def test_stopping_early_leaves_a_usable_worker(path: Path) -> None:
    with DecodeWorker() as worker:
        worker.probe(path)
        clips = worker.clips(WINDOWS, 2, 64)
        next(clips)
        clips.close()
        worker.probe(path)
        assert len(list(worker.clips(WINDOWS, 2, 64))) == len(WINDOWS)


def test_stop_from_another_thread_ends_the_wait(path: Path) -> None:
    with DecodeWorker(600.0, ("tests.broken_readers:Hanging",)) as worker:
        worker.probe(path)
        clips = worker.clips(WINDOWS, 2, 64)
        next(clips)
        next(clips)
        threading.Timer(0.5, worker.stop).start()
        with pytest.raises(VideoError):
            next(clips)


@pytest.mark.parametrize("name", ["empty.mp4", "missing.mp4"])
def test_what_cannot_be_opened_is_a_video_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    with DecodeWorker() as worker, pytest.raises(VideoError):
        worker.probe(tmp_path / name)


_PARENT = """
import sys, time
from pathlib import Path
from indexer.decoding.supervisor import DecodeWorker
worker = DecodeWorker()
worker.probe(Path(sys.argv[1]))
print(worker._orders.child.process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_killed_parent_leaves_no_process_behind(path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait(timeout=60)
    deadline = time.monotonic() + 30
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not (status.exists() and "State:\tZ" in status.read_text())
