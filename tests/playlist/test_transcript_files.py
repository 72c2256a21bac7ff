"""What is said, as a file: its right text in every format, hostile words and all."""

import json
from pathlib import Path

import pytest

from indexer.errors import RequestError
from indexer.speech.own_transcripts import is_ours
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video
from indexer.windows import Window
from playlist.tracks import track
from playlist.transcript_files import render, transcript_format, write_captions

VIDEO = Video(Path("/v/a.mkv"), "f", 1, 0, 3_700_000, Window(0, 3_700_000), 64, 48)
SAID = [
    Sentence(1_500, 2_000, "Hello <b>there</b> --> you", "en"),
    Sentence(3_600_000, 3_601_040, "two\nlines", ""),
]


def test_subrip() -> None:
    assert render(SAID, "srt", VIDEO).decode() == (
        "1\n00:00:01,500 --> 00:00:02,000\nHello ‹b›there‹/b› → you\n\n"
        "2\n01:00:00,000 --> 01:00:01,040\ntwo lines\n"
    )


def test_webvtt() -> None:
    text = render(SAID, "vtt", VIDEO).decode()
    assert text.startswith("WEBVTT\n\n00:00:01.500 --> 00:00:02.000\nHello &lt;b&gt;there")
    assert text.count("-->") == len(SAID)
    assert text.endswith("01:00:00.000 --> 01:00:01.040\ntwo lines\n")


def test_text_and_json() -> None:
    assert render(SAID, "txt", VIDEO).decode().splitlines()[1].endswith("] two lines")
    facts = json.loads(render(SAID, "json", VIDEO))
    assert facts["duration"] == 3_700
    assert facts["sentences"][0]["language"] == "en"
    assert facts["sentences"][1] == {"start": 3_600, "end": 3_601.04, "text": "two\nlines"}


@pytest.mark.parametrize(
    ("path", "name", "chosen"),
    [
        (None, None, "txt"),
        ("a.SRT", None, "srt"),
        ("a.vtt", "json", "json"),
    ],
)
def test_the_format_is_the_one_named_or_that_of_the_suffix(
    path: str | None, name: str | None, chosen: str
) -> None:
    assert transcript_format(Path(path) if path else None, name) == chosen


@pytest.mark.parametrize("path", ["a.doc", "srt"])
def test_a_suffix_of_no_format_is_one_sentence(path: str) -> None:
    with pytest.raises(RequestError, match=r"use \.srt, \.vtt, \.txt, \.json"):
        transcript_format(Path(path), None)


def test_captions_of_videos_of_one_name_lie_beside_each_other(tmp_path: Path) -> None:
    def video(name: str) -> Video:
        return Video(Path(name), name, 1, 0, 60_000, Window(0, 60_000), 64, 48)

    videos = [video(name) for name in ("/v/a.mkv", "/w/a.mp4", "/v/silent.mkv", "/x/a.mkv")]
    tracks = [track(each, 0, 1_000, "a dog") for each in (*videos, videos[0])]
    folder = tmp_path / "captions"
    assert write_captions(tracks, folder, lambda path: [] if "sil" in path.name else SAID) == 3
    assert sorted(path.name for path in folder.iterdir()) == ["a 2.vtt", "a 3.vtt", "a.vtt"]
    assert all(is_ours(path) for path in folder.iterdir())
    assert write_captions(tracks[2:3], tmp_path / "none", lambda path: []) == 0
    assert not (tmp_path / "none").exists()
