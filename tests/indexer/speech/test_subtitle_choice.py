"""Subtitles in one language, found, read anew and complained about, from a file to the index."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import which

import pytest

from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Described, Noticed, Subtitled, Unchanged
from indexer.pipeline.run import run as index
from indexer.speech.languages import Languages
from indexer.speech.subtitles import cues, subtitles
from indexer.speech.transcript import Cue
from tests.command import FAKE, Run, one_sentence
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger
from tests.indexer.speech.written_subtitles import said, srt
from tests.media import render, steady


def test_one_language_of_two_sidecars(video: Path) -> None:
    video.with_name("film.en.srt").write_text(srt("A captain shouts."))
    video.with_name("film.fr.srt").write_text(srt("Un capitaine crie."))
    assert said(video) == ["A captain shouts."]
    assert said(video, here="fr-CA") == ["Un capitaine crie."]
    assert said(video, asked="fre", here="en") == ["Un capitaine crie."]
    video.with_name("film.srt").write_text(srt("Ahoy."))
    assert said(video) == ["Ahoy."], "the one of no language is the first"


def test_tracks_in_the_file_are_of_languages_too(tmp_path: Path) -> None:
    if which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    render(tmp_path / "plain.mp4", steady(4))
    (tmp_path / "a.srt").write_text(srt("A captain shouts."))
    (tmp_path / "b.srt").write_text(srt("Un capitaine crie."))
    film = tmp_path / "film.mkv"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-i", tmp_path / "plain.mp4", "-f", "lavfi", "-i"),
            *("sine=duration=4", "-i", tmp_path / "a.srt", "-i", tmp_path / "b.srt"),
            *("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:v", "copy", "-c:s", "srt"),
            *("-metadata:s:a:0", "language=fre", "-metadata:s:s:0", "language=eng"),
            *("-metadata:s:s:1", "language=fre", film),
        ],
        check=True,
        timeout=300,
    )
    assert said(film) == ["Un capitaine crie."], "the video's own"
    assert said(film, asked="en") == ["A captain shouts."]
    film.with_name("film.de.srt").write_text(srt("Ein Kapitän ruft."), "utf-8")
    assert said(film, asked="de") == ["Ein Kapitän ruft."]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00nonsense", b"no subtitles at all\n" * 9])
def test_a_sidecar_that_makes_no_sense_costs_one_line(video: Path, data: bytes) -> None:
    video.with_name("film.srt").write_bytes(data)
    read = subtitles(video)
    assert read.cues == ()
    assert read.notes == ("its subtitles in film.srt cannot be read",)


def test_a_sidecar_under_the_wrong_suffix_is_read(video: Path) -> None:
    video.with_name("film.ass").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n")
    assert cues(video) == [Cue(1_000, 2_000, "Hello.")]


def test_another_language_is_read_without_describing_again(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("one 30")
    ledger = MemoryLedger()
    job = Job([path], RECIPE, DrawnWorker, OnDemand(lambda: FakeDescriber(4)))
    list(index(job, ledger))
    before = dict(ledger.segments["one", RECIPE.key])
    assert list(index(job, ledger)) == [Unchanged(path)]
    asked = replace(job, languages=Languages("fr"))
    news = list(index(asked, ledger))
    assert news == [Unchanged(path), Subtitled(path, 1)]
    after = ledger.segments["one", RECIPE.key]
    assert [s.transcript for _, s in sorted(after.items())] == ["", "Hello fr.", ""]
    assert {w: s.text for w, s in after.items()} == {w: s.text for w, s in before.items()}
    assert list(index(asked, ledger)) == [Unchanged(path)], "nothing is left to be done"


def bilingual(folder: Path) -> Path:
    film = render(folder / "film.mp4", steady(12))
    film.with_name("film.en.srt").write_text(srt("A captain shouts."))
    film.with_name("film.fr.srt").write_text(srt("Un capitaine crie."))
    return film


def heard(run: Run, film: Path) -> list[str | None]:
    shown = json.loads(run("show", film, "--json").out)
    return [segment.get("transcript") for segment in shown["segments"]]


def test_index_takes_the_language_asked_for_and_takes_it_back(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "fr_FR.UTF-8")
    film = bilingual(tmp_path / "films")
    assert run("index", film.parent, *FAKE).status == 0
    words = run("export").out
    assert heard(run, film) == ["Un capitaine crie.", None]
    again = run("index", film.parent, *FAKE, "--subtitles", "eng")
    assert again.out == (
        "Indexed 0 videos: 0 windows, 1 sentence in 1 video, 1 of them from subtitles,"
        " 1 unchanged.\n"
    )
    assert heard(run, film) == ["A captain shouts.", None]
    assert "captain" in run("search", '"captain shouts"', "-o", "-", "--format", "json").out
    assert run("search", '"capitaine crie"').status == 1, "the word index knows it no more"
    assert run("index", film.parent, *FAKE).out == "Indexed 0 videos: 0 windows, 1 unchanged.\n"
    assert heard(run, film) == ["A captain shouts.", None], "who does not ask changes nothing"
    assert run("index", film.parent, *FAKE, "--subtitles", "fr").status == 0
    assert run("export").out == words


def test_a_run_for_pictures_only_reads_subtitles_anew(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "fr_FR.UTF-8")
    film = bilingual(tmp_path / "films")
    assert run("index", film.parent, *FAKE).status == 0
    again = run("index", film.parent, *FAKE, "--subtitles", "eng", "--only", "pictures")
    assert again.out == "Indexed 0 videos: 0 windows, 1 unchanged (1 with other subtitles).\n"
    assert heard(run, film) == ["A captain shouts.", None]


def test_both_flags_make_no_sense(run: Run, tmp_path: Path) -> None:
    film = bilingual(tmp_path / "films")
    outcome = run("index", film, *FAKE, "--subtitles", "fr", "--no-subtitles")
    assert (outcome.status, one_sentence(outcome.err)) == (2, True)
    outcome = run("index", film, *FAKE, "--subtitles", "what they say")
    assert (outcome.status, one_sentence(outcome.err)) == (2, True)
    assert "'what they say' names no language" in outcome.err
    assert run("index", film, *FAKE, "--no-subtitles").status == 0
    assert heard(run, film) == [None, None]


def test_index_says_what_it_could_not_read(run: Run, tmp_path: Path) -> None:
    film = render(tmp_path / "film.mp4", steady(4))
    film.with_name("film.srt").write_bytes(b"nothing of the kind")
    outcome = run("index", film, *FAKE)
    assert outcome.status == 0
    assert f"{film}: its subtitles in film.srt cannot be read\n" in outcome.err


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "asked", "text"),
    [
        ("cyrillic.mkv", "", "Красная машина едет по дороге"),
        ("utf16_without_mark.mkv", "", None),
        ("two_languages.mkv", "en", "A captain shouts"),
        ("two_languages.mkv", "fr", "Un capitaine crie"),
    ],
)
def test_the_subtitles_that_failed(
    shared_media: Path, name: str, asked: str, text: str | None
) -> None:
    path = shared_media.parent / "faults" / name
    if not path.exists():
        pytest.skip("no such file")
    (line,) = said(path, asked)
    assert text is None or line == text


def test_a_note_does_not_keep_a_video_from_being_described(tmp_path: Path) -> None:
    class Noting(DrawnWorker):
        subtitles: Callable = lambda self, languages: subtitles(tmp_path / "b.mp4")  # type: ignore[type-arg]

    path = tmp_path / "a.mp4"
    path.write_text("one 30")
    (tmp_path / "b.mp4").write_bytes(b"")
    (tmp_path / "b.srt").write_bytes(b"\x00")
    job = Job([path], RECIPE, Noting, OnDemand(lambda: FakeDescriber(4)))
    news = list(index(job, MemoryLedger()))
    assert [n.note for n in news if isinstance(n, Noticed)] == [
        "its subtitles in b.srt cannot be read"
    ]
    assert sum(isinstance(n, Described) for n in news) == 3
