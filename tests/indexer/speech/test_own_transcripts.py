"""What Scenelist wrote is told from subtitles, until somebody has worked on it."""

from io import BytesIO
from pathlib import Path

import av
import pytest

from indexer.speech.own_transcripts import is_ours, marked
from indexer.speech.subtitle_files import sidecars
from indexer.speech.subtitles import cues
from indexer.speech.transcript import Cue
from tests.media import render, steady

SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello — 日本.\n\n2\n00:00:03,000 --> 00:00:04,000\nBye.\n"
VTT = (
    "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello — 日本.\n\n"
    "00:00:03.000 --> 00:00:04.000\nBye.\n"
)
CHAPTERS = (
    "WEBVTT\n\nNOTE Made by Scenelist\n\nNOTE a title\n\n1\n00:01.000 --> 00:02.000\nA dog.\n"
)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_the_mark_of_webvtt_is_a_comment() -> None:
    assert marked(VTT) == VTT.replace(
        "WEBVTT\n", "WEBVTT\n\nNOTE Made by Scenelist from speech, d2922296\n"
    )


def test_the_mark_of_subrip_is_blanks_after_its_first_number() -> None:
    number, rest = marked(SRT).split("\n", 1)
    assert rest == SRT.removeprefix("1\n")
    assert number.rstrip() == "1"
    assert len(number) == 33


def test_other_text_has_no_mark() -> None:
    assert marked("[0:01] Hello\n") == "[0:01] Hello\n"
    assert marked("") == ""


@pytest.mark.parametrize(("name", "text"), [("a.srt", SRT), ("a.vtt", VTT)])
def test_what_is_marked_is_ours_until_it_is_changed(tmp_path: Path, name: str, text: str) -> None:
    assert not is_ours(written(tmp_path, name, text))
    ours = marked(text)
    assert is_ours(written(tmp_path, name, ours))
    assert is_ours(written(tmp_path, name, ours.replace("\n", "\r\n")))
    assert is_ours(written(tmp_path, name, "\ufeff" + ours))
    for theirs in (
        ours.replace("Bye", "Goodbye"),
        ours.replace("03", "05"),
        ours + "\n",
        ours[:-1],
        ours.replace("Hello", "Hello "),
    ):
        assert not is_ours(written(tmp_path, name, theirs))
    stripped = "\n".join(line.rstrip() for line in ours.split("\n"))
    assert is_ours(written(tmp_path, name, stripped)) is (name == "a.vtt")


def test_chapters_are_ours_and_other_files_are_not(tmp_path: Path) -> None:
    assert is_ours(written(tmp_path, "a.vtt", CHAPTERS))
    assert not is_ours(written(tmp_path, "a.vtt", CHAPTERS.replace("Scenelist", "somebody")))
    assert not is_ours(written(tmp_path, "a.vtt", ""))
    assert not is_ours(tmp_path / "gone.vtt")
    assert not is_ours(tmp_path)
    (tmp_path / "b.srt").write_bytes(b"1" + b"\t" * 32 + b"\n\xff\xfe")
    assert not is_ours(tmp_path / "b.srt")


def test_a_long_one_is_compared_to_its_end(tmp_path: Path) -> None:
    long = VTT + "".join(f"\n00:01:{i:02d}.000 --> 00:01:{i:02d}.500\nNo {i}.\n" for i in range(60))
    path = written(tmp_path, "a.vtt", marked(long))
    assert is_ours(path)
    path.write_text(path.read_text().replace("No 59.", "No 60."))
    assert not is_ours(path)


def test_ffmpeg_tells_by_itself_that_it_is_subrip() -> None:
    """Players that are built on it look at the first lines, not at the suffix."""
    with av.open(BytesIO(marked(SRT).encode())) as container:
        assert container.format.name == "srt"


@pytest.mark.parametrize(("name", "text"), [("film.srt", SRT), ("film.vtt", VTT)])
def test_whoever_reads_it_as_subtitles_sees_no_mark(tmp_path: Path, name: str, text: str) -> None:
    video = render(tmp_path / "film.mp4", steady(5))
    said = [Cue(1_000, 2_000, "Hello — 日本."), Cue(3_000, 4_000, "Bye.")]
    written(tmp_path, name, text)
    assert cues(video) == said
    # As another program would: under another name nothing tells ours from theirs but the mark.
    written(tmp_path, name, marked(text).replace("Bye.", "Bye!"))
    assert cues(video) == [said[0], Cue(3_000, 4_000, "Bye!")]


def test_beside_a_video_it_is_no_subtitles(tmp_path: Path) -> None:
    video = render(tmp_path / "film.mp4", steady(5))
    written(tmp_path, "film.srt", marked(SRT))
    written(tmp_path, "film.vtt", CHAPTERS)
    assert sidecars(video) == []
    assert cues(video) == []
    theirs = written(tmp_path, "film.en.srt", SRT.replace("Bye", "Goodbye"))
    assert sidecars(video) == [theirs]
    assert cues(video)[1].text == "Goodbye."
