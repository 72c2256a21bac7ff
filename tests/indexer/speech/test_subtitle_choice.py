"""Subtitles in any character set, in one language, and a word about those that cannot be read."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import which
from unicodedata import normalize

import pytest

from indexer.describing.describer import OnDemand
from indexer.describing.fake_describer import FakeDescriber
from indexer.pipeline.job import Job
from indexer.pipeline.progress import Described, Noticed, Subtitled, Unchanged
from indexer.pipeline.run import run as index
from indexer.speech.character_set import text_of
from indexer.speech.languages import Languages, chosen, language, language_in_name
from indexer.speech.subtitle_files import sidecars
from indexer.speech.subtitle_marks import SubtitleFiles
from indexer.speech.subtitles import cues, subtitles
from indexer.speech.transcript import Cue
from tests.command import FAKE, Run, one_sentence
from tests.doubles import RECIPE, DrawnWorker, MemoryLedger
from tests.media import render, steady

LINES = {
    "cp1251": ["Где ты был вчера вечером?", "Я не знаю, что сказать.", "Пойдём домой, уже поздно."],
    "koi8_r": ["Где ты был вчера вечером?", "Я не знаю, что сказать.", "Пойдём домой, уже поздно."],
    "cp1252": ["Où êtes-vous allé hier soir?", "Je ne sais pas, c'était étrange.", "Ça va, merci."],
    "cp1250": ["Gdzie byłeś wczoraj wieczorem?", "Źle się czuję, proszę księdza.", "Już późno."],
    "cp1253": ["Πού ήσουν χθες το βράδυ;", "Δεν ξέρω, ήταν πολύ παράξενο.", "Πάμε σπίτι."],
    "cp1255": ["איפה היית אתמול בלילה?", "אני לא יודע, זה היה מאוד מוזר.", "בסדר, נתראה מחר."],
    "cp1256": ["أين كنت الليلة الماضية؟", "لا أعرف، كان الأمر غريبا جدا.", "حسنا، أراك غدا."],
    "shift_jis": ["昨夜はどこにいたの？", "わからない、とても変だった。", "家に帰ろう、もう遅い。"],
    "euc_jp": ["昨夜はどこにいたの？", "わからない、とても変だった。", "家に帰ろう、もう遅い。"],
    "gb18030": ["你昨晚在哪里？", "我不知道，这很奇怪。", "我们回家吧，已经很晚了。"],
    "big5": ["你昨晚在哪裡？", "我不知道，這很奇怪。", "我們回家吧，已經很晚了。"],
    "cp949": ["어젯밤에 어디 있었어?", "모르겠어, 정말 이상했어.", "집에 가자, 벌써 늦었어."],
    "utf-8": ["Où est 日本?", "—", "…"],
    "utf-8-sig": ["Où est 日本?", "—", "…"],
    "utf-16": ["Où est 日本?", "—", "…"],
    "utf-16-le": ["A captain shouts.", "No.", "Yes."],
    "utf-16-be": ["Капитан кричит.", "Нет.", "Да."],
}


def srt(*lines: str) -> str:
    return "".join(
        f"{n + 1}\r\n00:00:{n:02d},000 --> 00:00:{n:02d},900\r\n{line}\r\n\r\n"
        for n, line in enumerate(lines)
    )


def said(path: Path, asked: str = "", here: str = "") -> list[str]:
    return [cue.text for cue in cues(path, Languages(asked, here))]


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return render(tmp_path / "film.mp4", steady(4))


@pytest.mark.parametrize("encoding", LINES)
def test_a_sidecar_is_read_in_its_character_set(video: Path, encoding: str) -> None:
    lines = LINES[encoding]
    video.with_name("film.srt").write_bytes(srt(*lines).encode(encoding))
    assert said(video) == lines


@pytest.mark.parametrize("encoding", LINES)
def test_any_bytes_are_some_text(encoding: str) -> None:
    for data in (b"", b"\x00", bytes(range(256)), srt("x").encode(encoding)[:-1]):
        assert isinstance(text_of(data), str)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (".en", "en"),
        (".eng.forced", "en"),
        (".sdh.de", "de"),
        (".pt-BR", "pt"),
        (".English", "english"),
        (".1080p", ""),
        ("", ""),
    ],
)
def test_a_name_tells_the_language(name: str, code: str) -> None:
    assert language_in_name(name) == code


def test_codes_of_a_language_are_one() -> None:
    assert [language(tag) for tag in ("ger", "deu", "de", "de_AT", "DE")] == ["de"] * 5
    assert language("und") == language("") == ""


@pytest.mark.parametrize(
    ("asked", "of_video", "here", "taken"),
    [
        ("fre", "eng", "de_DE", [1, 3]),
        ("it", "eng", "de-DE", [0]),
        ("", "eng", "de-DE", [0]),
        ("", "und", "de-DE", [2]),
        ("", "", "pl", [0]),
    ],
)
def test_the_language_asked_for_else_the_videos_else_the_users_else_the_first(
    asked: str, of_video: str, here: str, taken: list[int]
) -> None:
    assert chosen(["en", "fr", "ger", "fra"], Languages(asked, here), of_video) == taken


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
    )
    assert said(film) == ["Un capitaine crie."], "the video's own"
    assert said(film, asked="en") == ["A captain shouts."]
    film.with_name("film.de.srt").write_text(srt("Ein Kapitän ruft."), "utf-8")
    assert said(film, asked="de") == ["Ein Kapitän ruft."]


@pytest.mark.parametrize("forms", [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_sidecar_may_spell_the_name_in_another_form(
    tmp_path: Path, forms: tuple[str, str]
) -> None:
    path = render(tmp_path / f"{normalize(forms[0], 'Café Señor')}.mp4", steady(1))
    path.with_name(f"{normalize(forms[1], 'Café Señor')}.fr.srt").write_text(srt("Bonjour."))
    assert len(sidecars(path)) == 1
    assert SubtitleFiles().beside(path), "whether it has changed is looked for, too"
    assert said(path) == ["Bonjour."]


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
