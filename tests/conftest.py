"""Fixtures for every test: the shared folder, and a network that is never used."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

import cli
from tests.command import Outcome, Run, index_once
from tests.media import render, steady

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("SCENELIST_SHARED", ROOT.parent / "shared")).absolute()

# What is slow on a busy machine is not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
# Tests must pass on a machine without a network, and say so at once where it would be used.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# No test touches the data of whoever runs it.
_DATA = TemporaryDirectory(prefix="scenelist-tests-")
os.environ["SCENELIST_DATA"] = _DATA.name


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """Return the folder of filmed clips; skips the test where it is not there."""
    folder = SHARED / "media"
    if not folder.is_dir():
        pytest.skip(f"no clips in {folder}")
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in an empty folder with an empty library beside it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("SCENELIST_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("SCENELIST_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SCENELIST_CONFIG", str(tmp_path / "config.toml"))

    def run(*arguments: str | Path) -> Outcome:
        status = cli.run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    render(folder / "one.mp4", steady(25))
    render(folder / "deep" / "two #2.mkv", steady(12), file=9)
    return folder


@pytest.fixture(scope="session")
def library_of_videos(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library of the films, which nobody writes to."""
    return index_once(tmp_path_factory.mktemp("indexed"), videos)


@pytest.fixture
def indexed(run: Run, library_of_videos: Path, tmp_path: Path) -> Run:
    """Run the command line with a library of the films, a copy for each test."""
    copytree(library_of_videos, tmp_path / "library")
    return run


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let an interrupt be heard here and by what is started from here.

    A job in the background of a script (`nohup make test &`) begins with SIGINT ignored, and so do
    its children; a handler of ours is not inherited, they start with the usual one.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
