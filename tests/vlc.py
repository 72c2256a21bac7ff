"""Plays playlists in real VLC without a screen, and reads from the pictures what was shown."""

import ctypes
import ctypes.util
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.media import read_barcode

_QUIET = [
    *("--ignore-config", "--no-color", "--no-media-library", "--no-random", "--no-loop"),
    *("--no-repeat", "--no-interact", "--no-metadata-network-access", "--no-auto-preparse"),
    *("--no-video-title-show", "--no-spu", "--no-osd", "--avcodec-hw", "none"),
    *("--aout", "dummy", "--vout", "yuv", "--yuv-chroma", "I420", "--yuv-yuv4mpeg2"),
]


@dataclass(frozen=True)
class Shown:
    """What VLC displayed of one track: the file's number, and the first and last frame's."""

    file: int
    first: int
    last: int


def require_vlc() -> None:
    """Skip the test where VLC is not installed, unless it must be (SCENELIST_REQUIRE_VLC)."""
    if ctypes.util.find_library("vlc") is None:
        if os.environ.get("SCENELIST_REQUIRE_VLC"):
            pytest.fail("libvlc is not installed, and these tests must run")
        pytest.skip("libvlc is not installed")


def play(playlist: Path, folder: Path, timeout_s: float = 120) -> list[Shown]:
    """Play a playlist of barcode videos to its end; return what was displayed, track by track."""
    fifo = folder / f"{playlist.stem}.y4m"
    os.mkfifo(fifo)
    pictures: list[tuple[int, int]] = []
    # Open for reading and writing: no end of file between two tracks' outputs.
    descriptor = os.open(fifo, os.O_RDWR)
    reader = threading.Thread(target=_read, args=(descriptor, pictures), daemon=True)
    reader.start()
    home = folder / f"{playlist.stem}-home"
    home.mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "LC_ALL": "C.UTF-8",
    }
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        environment.pop(name, None)
    arguments = ["vlc", *_QUIET, "--yuv-file", str(fifo), "-I", "dummy", "--play-and-exit"]
    subprocess.run(
        [sys.executable, __file__, *arguments, playlist.absolute().as_uri()],
        env=environment,
        timeout=timeout_s,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.write(descriptor, b"END\n")
    reader.join(10)
    return _tracks(pictures)


def _read(descriptor: int, pictures: list[tuple[int, int]]) -> None:
    width = height = 0
    with os.fdopen(descriptor, "rb", buffering=1 << 20, closefd=False) as stream:
        while (line := stream.readline()) != b"END\n":
            if line.startswith(b"YUV4MPEG2"):
                facts = {word[:1]: word[1:] for word in line.split()}
                width, height = int(facts[b"W"]), int(facts[b"H"])
            elif line.startswith(b"FRAME"):
                data = stream.read(width * height * 3 // 2)
                luma = np.frombuffer(data[: width * height], np.uint8).reshape(height, width)
                pictures.append(read_barcode(luma))


def _tracks(pictures: list[tuple[int, int]]) -> list[Shown]:
    """Split the displayed frames into tracks: where the file changes or the number jumps.

    The last picture of a track may be shown once more while the next file opens.
    """
    tracks: list[Shown] = []
    for frame, file in pictures:
        last = tracks[-1] if tracks else None
        if last and last.file == file and last.last <= frame <= last.last + 12:
            tracks[-1] = Shown(file, last.first, frame)
        else:
            tracks.append(Shown(file, frame, frame))
    return tracks


def _run_libvlc(arguments: list[str]) -> None:
    """Be VLC: the same core as the `vlc` program, which refuses to run as root."""
    name = ctypes.util.find_library("vlc")
    assert name is not None
    library = ctypes.CDLL(name)
    library.libvlc_new.restype = ctypes.c_void_p
    words = (ctypes.c_char_p * len(arguments))(*[os.fsencode(word) for word in arguments])
    instance = ctypes.c_void_p(library.libvlc_new(len(arguments), words))
    assert instance.value, "VLC did not start"
    ended = threading.Event()
    callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda _: ended.set())
    library.libvlc_set_exit_handler(instance, callback, None)
    library.libvlc_add_intf(instance, None)
    library.libvlc_playlist_play(instance, -1, 0, None)
    ended.wait(600)
    os._exit(0)


if __name__ == "__main__":
    _run_libvlc(sys.argv[1:])
