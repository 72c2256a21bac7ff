"""What may be written over: what Scenelist made; never a video, never somebody else's file."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import av
import pytest

import cli
from indexer.errors import PlaylistError
from indexer.video import Video
from indexer.windows import Window
from playlist.clips import cut_apart, join
from playlist.formats.registry import FORMATS, NAMES, Format, made_by_us
from playlist.overwriting import Overwriting
from playlist.playlist_files import write
from playlist.tracks import Track, track
from tests.command import FAKE, Run, one_sentence
from tests.media import render, steady

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a library of one video, and that video."""
    folder = tmp_path_factory.mktemp("made")
    path = render(folder / "films" / "precious.mp4", steady(25))
    assert cli.run(["--library", str(folder / "library"), "index", str(path), *FAKE]) == 0
    return folder


@pytest.fixture
def own(run: Run, made: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Run, Path]:
    """Return the command line with a library of one video, and that video."""
    monkeypatch.setenv("SCENELIST_LIBRARY", str(made / "library"))
    return run, made / "films" / "precious.mp4"


def moment(path: Path, start_ms: int = 0) -> Track:
    known = Video(path, "f", 1, 2, 20_000, Window(0, 20_000), 320, 64)
    return track(known, start_ms, start_ms + 1_000, "words")


@pytest.mark.parametrize("known", FORMATS, ids=NAMES)
def test_each_format_is_known_again(known: Format, tmp_path: Path) -> None:
    for title in ("a dog", ""):
        data = known.render([moment(Path("/films/a.mkv"))], title)
        path = tmp_path / "whatever"
        path.write_bytes(data)
        assert made_by_us(path)
        path.write_bytes(data[1:])
        assert not made_by_us(path)


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"my notes",
        b'<?xml version="1.0" encoding="UTF-8"?>\n<playlist xmlns="http://xspf.org/ns/0/" '
        b'version="1"><title>Made by Scenelist</title><creator>Scenelist</creator></playlist>',
        b"#EXTM3U\n#PLAYLIST:Made by Scenelist\n",
        b"video,start,end,text\r\nmine.mp4,1,2,# Made by Scenelist\r\n",
        b'{"video": "a.mp4", "start": 0, "end": 1, "text": "made_by Scenelist"}\n',
        b"WEBVTT\n\nNOTE mine\n",
        b"TITLE: my cut\n",
        b'<!doctype html>\n<html lang="en">\n<title>Scenelist</title>\n',
    ],
)
def test_what_others_wrote_is_left_alone(foreign: bytes, tmp_path: Path) -> None:
    path = tmp_path / "theirs"
    path.write_bytes(foreign)
    with pytest.raises(PlaylistError, match=r"not made by Scenelist.*--force"):
        write(path, b"x")
    assert path.read_bytes() == foreign
    assert not Overwriting().remove_stale(path)
    assert path.read_bytes() == foreign
    write(path, b"x", Overwriting(force=True))
    assert path.read_bytes() == b"x"
    assert list(tmp_path.iterdir()) == [path]


COMMANDS = {
    "highlights": ("highlights", "{video}", "-o", "{video}"),
    "a search": ("search", "grey picture", "-o", "{video}"),
    "a forced search": ("search", "grey picture", "-o", "{video}", "--force"),
    "another format": ("search", "grey picture", "-o", "{video}", "--format", "json", "--force"),
    "a playlist": ("playlist", "{video}", "-o", "{video}", "--format", "xspf", "--force"),
    "an export": ("export", "-o", "{video}", "--force"),
    "another name": ("highlights", "{video}", "-o", "{link}.mp4", "--force"),
    "a hard link": ("highlights", "{video}", "-o", "{hard}.mp4", "--force"),
    "clips": ("search", "grey picture", "-o", "{video}", "--format", "clips", "--force"),
}


@posix
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_video_of_the_library_is_never_written_over(
    own: tuple[Run, Path], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    run, path = own
    (tmp_path / "link.mp4").symlink_to(path)
    os.link(path, tmp_path / "hard.mp4")
    before = path.read_bytes()
    names = {"video": path, "link": tmp_path / "link", "hard": tmp_path / "hard"}
    outcome = run(*(a.format(**names) for a in arguments))
    assert outcome.status == 2
    assert one_sentence(outcome.err), outcome.err
    assert path.read_bytes() == before
    assert (tmp_path / "link.mp4").is_symlink()
    assert path.samefile(tmp_path / "hard.mp4")
    assert sorted(p.name for p in path.parent.iterdir()) == ["precious.mp4"]
    assert list(Path().iterdir()) == []


def test_a_highlights_film_in_the_library_is_an_original_too(own: tuple[Run, Path]) -> None:
    run, path = own
    assert run("highlights", path, "-o", "best.mp4").status == 0
    assert run("highlights", path, "-o", "best.mp4").status == 0, "ours may be made anew"
    assert run("index", "best.mp4").status == 0
    before = Path("best.mp4").read_bytes()
    assert run("highlights", path, "-o", "best.mp4", "--force").status == 2
    assert Path("best.mp4").read_bytes() == before
    assert run("forget", "best.mp4").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "grey picture", "-o", "mine.json"),
        ("search", "grey picture", "-o", "mine.xspf"),
        ("playlist", "{video}", "-o", "mine.csv"),
        ("highlights", "{video}", "-o", "mine.mp4"),
        ("export", "-o", "mine.jsonl"),
    ],
)
def test_a_file_that_is_not_ours_needs_force(
    own: tuple[Run, Path], arguments: tuple[str, ...]
) -> None:
    run, path = own
    arguments = tuple(a.format(video=path) for a in arguments)
    mine = Path(arguments[-1])
    mine.write_text("mine")
    outcome = run(*arguments)
    assert outcome.status == 2
    assert one_sentence(outcome.err), outcome.err
    assert mine.read_text() == "mine"
    assert run(*arguments, "--force").status == 0
    ours = mine.read_bytes()
    assert ours != b"mine"
    assert run(*arguments).status == 0, "what Scenelist made may be made anew"
    assert list(Path().iterdir()) == [mine]


def test_the_librarys_own_folder_is_no_place(own: tuple[Run, Path], made: Path) -> None:
    run, _ = own
    index = made / "library" / "library.json"
    before = index.read_bytes()
    assert run("search", "grey picture", "-o", index, "--force").status == 2
    assert index.read_bytes() == before


def test_the_last_playlist_takes_no_file_that_is_not_ours(
    own: tuple[Run, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = own
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    taken = Path(os.environ["SCENELIST_DATA"]) / "last.xspf"
    taken.parent.mkdir()
    taken.write_text("mine")
    shown = run("search", "grey picture")
    assert (shown.status, shown.err) == (0, "")
    assert "precious.mp4" in shown.out
    asked = run("search", "grey picture", "--format", "xspf")
    elsewhere = Path(asked.out.split("Playlist: ")[1].strip())
    assert made_by_us(elsewhere)
    assert elsewhere.parent != taken.parent
    assert taken.read_text() == "mine"
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".ts", ".avi"])
def test_films_and_clips_are_known_again(tmp_path: Path, suffix: str) -> None:
    path = render(tmp_path / f"a{suffix}", steady(4))
    (first,) = cut_apart([moment(path)], tmp_path / "clips", reencode=False)
    (again,) = cut_apart([moment(path)], tmp_path / "clips", reencode=False)
    assert first.path == again.path
    assert first.path is not None
    assert first.path.suffix == suffix
    assert not first.trouble
    assert not Overwriting().allows(path), "an original carries no such mark"


def test_a_film_that_somebody_worked_on_is_theirs(tmp_path: Path) -> None:
    """A film that was copied under another name, its comment with it, is not ours any more."""
    path = render(tmp_path / "a.mkv", steady(4))
    join([moment(path)], tmp_path / "best.mp4")
    assert Overwriting().allows(tmp_path / "best.mp4")
    shutil.copy(tmp_path / "best.mp4", tmp_path / "graded.mp4")
    with pytest.raises(PlaylistError, match="not made by Scenelist"):
        join([moment(path)], tmp_path / "graded.mp4")
    with pytest.raises(PlaylistError, match="never written over"):
        join([moment(path)], path, Overwriting(force=True))
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 100


@posix
def test_a_device_stays_a_device(own: tuple[Run, Path], tmp_path: Path) -> None:
    run, path = own
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    assert run("search", "grey picture", "-o", pipe).status == 0
    out, _ = reader.communicate(timeout=60)
    assert json.loads(out)["query"] == "grey picture"
    assert pipe.is_fifo()
    os.mkfifo(tmp_path / "pipe.mp4")
    assert run("highlights", path, "-o", tmp_path / "pipe.mp4").status == 2


def test_import_passes_over_the_mark(own: tuple[Run, Path], tmp_path: Path) -> None:
    run, _ = own
    assert run("export", "-o", "all.jsonl").status == 0
    first = json.loads(Path("all.jsonl").read_text("utf-8").splitlines()[0])
    assert next(iter(first.items())) == ("made_by", "Scenelist")
    other = tmp_path / "other"
    assert run("--library", other, "import", "all.jsonl", "--embedder", "fake:").status == 0
    again = [json.loads(line) for line in run("--library", other, "export").out.splitlines()]
    assert [set(line) & {"made_by"} for line in again] == [{"made_by"}, set(), set()]
