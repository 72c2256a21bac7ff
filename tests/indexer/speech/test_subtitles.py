"""Subtitles: beside a video or in it, on the player's clock, plain text, each line once."""

from pathlib import Path

import pytest

from indexer.decoding.supervisor import DecodeWorker
from indexer.speech.languages import ANY
from indexer.speech.subtitle_files import sidecars
from indexer.speech.subtitles import cues
from indexer.speech.transcript import Cue
from tests.media import render, steady

SRT = """1
00:00:01,500 --> 00:00:03,000
<i>Hello</i>
there.

2
00:00:12,000 --> 00:00:13,250
Bye — 日本.
"""
VTT = "WEBVTT\n\n00:01.500 --> 00:03.000\nHello <b>there</b>.\n"
ASS = """[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.50,0:00:03.00,Default,,0,0,0,,{\\i1}Hello\\Nthere.
"""


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return render(tmp_path / "film #1.mp4", steady(14))


@pytest.mark.parametrize(("suffix", "text"), [(".srt", SRT), (".vtt", VTT), (".en.ass", ASS)])
def test_sidecars_are_read(video: Path, suffix: str, text: str) -> None:
    video.with_name(video.stem + suffix).write_text(text, "utf-8")
    first = cues(video)[0]
    assert first == Cue(1_500, 3_000, "Hello there.")


def test_only_its_own_sidecars_belong_to_a_video(video: Path) -> None:
    for name in ("film #1.srt", "film #1.de.vtt", "film #10.srt", "other.srt", "film #1.txt"):
        video.with_name(name).write_text(SRT)
    assert [file.name for file in sidecars(video)] == ["film #1.de.vtt", "film #1.srt"]


def test_the_same_line_from_two_files_is_one(video: Path) -> None:
    video.with_name("film #1.srt").write_text(SRT, "utf-8")
    video.with_name("film #1.vtt").write_text(VTT, "utf-8")
    assert [cue.text for cue in cues(video)] == ["Hello there.", "Bye — 日本."]


def test_a_broken_sidecar_costs_itself(video: Path) -> None:
    video.with_name("film #1.srt").write_bytes(b"\xff\xfe\x00nonsense")
    assert cues(video) == []


def test_the_decoding_process_reads_them(video: Path) -> None:
    video.with_name("film #1.srt").write_text(SRT, "utf-8")
    with DecodeWorker() as worker:
        worker.probe(video)
        said = worker.subtitles(ANY)
        assert [cue.start_ms for cue in said.cues] == [1_500, 12_000]


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "exo_sample_with_srt.mkv",
        "exo_sample_with_ssa_subtitles.mkv",
        "exo_sample_with_vtt_subtitles.mkv",
    ],
)
def test_embedded_tracks_are_read(shared_media: Path, name: str) -> None:
    first = cues(shared_media / name)[0]
    assert (first.start_ms, first.text) == (0, "This is the first subtitle.")
