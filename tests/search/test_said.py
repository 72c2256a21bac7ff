"""What is said is found at its second: beside what is seen, apart from it, in old libraries."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import RequestError
from indexer.segments import Segment
from indexer.speech.speech_ledger import WordsRecord
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video
from indexer.windows import Window, tile
from playlist.tracks import tracks_of_moments
from search import Library
from search.exchange.descriptions import from_lines, to_line
from search.exchange.sentences import spoken_line
from search.query.options import SearchOptions
from tests.command import FAKE, Run, one_sentence
from tests.doubles import RECIPE
from tests.speech_media import Sound, Tone, render_with_sound

SEEN = ["a man at a blackboard", "a dog in a garden", "a man at a blackboard", "rain on a window"]
SAID = [
    Sentence(3_000, 6_000, "The budget has been cut in half.", "en"),
    Sentence(13_500, 15_000, "Nobody saw the budget coming.", "en"),
    Sentence(26_800, 29_000, "Apples fall because of gravity.", "en"),
    Sentence(38_000, 39_500, "He said error 404 again.", "en"),
]


def add(
    library: Library, path: Path, seen: Sequence[str] = SEEN, said: Sequence[Sentence] = SAID
) -> Video:
    path.write_bytes(path.name.encode())
    span = Window(0, 40_000)
    video = Video(path, path.name, 1, 2, span.end_ms, span, 640, 360)
    with library.writing() as writer:
        writer.meet(video)
        if seen:
            writer.begin(video, RECIPE)
            pairs = zip(tile(span, 10_000), seen, strict=True)
            writer.put(video, RECIPE, [Segment(window, text) for window, text in pairs])
            writer.finish(video, RECIPE)
        if said:
            writer.put_words(video.fingerprint, WordsRecord("key", False, 40_000), said)
            writer.finish_words(video.fingerprint, WordsRecord("key", True, 40_000))
    return video


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    add(library, tmp_path / "film.mp4")
    return library


def first(library: Library, query: str, **options: object) -> tuple[str, int, str]:
    moment = library.search(query, options=SearchOptions(**options))[0]  # type: ignore[arg-type]
    return moment.by, moment.start_ms, moment.said or moment.text


def test_a_sentence_is_found_at_its_second(library: Library) -> None:
    moment = library.search("gravity makes apples fall")[0]
    assert (moment.by, moment.start_ms, moment.end_ms) == ("said", 26_300, 29_000)
    assert moment.said == "Apples fall because of gravity."
    assert moment.text == "a man at a blackboard", "what is seen meanwhile is told, too"
    (track,) = tracks_of_moments([moment])
    assert (track.start_ms, track.text) == (26_300, "“Apples fall because of gravity.”")


def test_what_is_seen_is_found_as_before(library: Library) -> None:
    assert first(library, "a dog in a garden") == ("seen", 10_000, "a dog in a garden")


def test_a_time_is_answered_once_by_the_better_side(library: Library) -> None:
    moments = library.search("budget", options=SearchOptions(min_confidence=0))
    assert [moment.start_ms for moment in moments] == [13_000, 2_500]
    assert all(moment.by == "said" for moment in moments)


def test_quoted_words_are_looked_for_on_both_sides(library: Library) -> None:
    assert first(library, '"error 404"')[:2] == ("said", 37_500)
    assert first(library, '"in a garden"')[:2] == ("seen", 10_000)
    assert library.search('"no such words"') == []


def test_said_and_seen_restrict(library: Library) -> None:
    everything = SearchOptions(min_confidence=0)
    assert {m.by for m in library.search("said: a dog budget", options=everything)} == {"said"}
    assert {m.by for m in library.search("seen: a dog budget", options=everything)} == {"seen"}
    assert first(library, 'said:"error 404"')[:2] == ("said", 37_500)
    assert library.search('seen:"error 404"') == [
        m for m in library.search('seen:"error 404"') if m.by == "seen"
    ]
    assert first(library, "a dog budget", side="said", min_confidence=0)[0] == "said"


def test_what_is_said_while_something_is_seen(library: Library) -> None:
    assert first(library, 'seen:blackboard said:"budget"') == (
        "said",
        2_500,
        "The budget has been cut in half.",
    )
    assert first(library, "dog said:budget")[1] == 13_000
    assert library.search('seen:dog said:"gravity"') == []


@pytest.mark.parametrize("query", ["said: seen:", "dog seen:x said:", '"a" then "b" said:x'])
def test_nonsense_about_sides_is_pointed_at(library: Library, query: str) -> None:
    with pytest.raises(RequestError, match="At character"):
        library.search(query)


def test_steps_may_be_said(library: Library) -> None:
    (moment,) = library.search('"budget has been cut" then "nobody saw" within 10s said:')
    assert (moment.start_ms, moment.end_ms) == (2_500, 15_000)
    assert moment.said == "The budget has been cut in half. → Nobody saw the budget coming."


def test_unwanted_words_count_for_what_is_said(library: Library) -> None:
    found = library.search('budget not:"nobody saw it coming"')
    assert found[0].start_ms == 2_500


def test_a_video_of_which_only_words_are_known(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path / "talk.mp4", [], [Sentence(5_000, 6_000, "Turnips are purple.")])
    moment = library.search("purple turnips")[0]
    assert (moment.video.path.name, moment.start_ms, moment.text) == ("talk.mp4", 4_500, "")
    states = {item.video.path.name: item.state for item in library.listing()}
    assert states == {"film.mp4": "described", "talk.mp4": "heard"}


def test_filters_hold_for_what_is_said(library: Library, tmp_path: Path) -> None:
    add(library, tmp_path / "other.mp4", said=[Sentence(0, 900, "Apples fall by gravity.")])
    names = {m.video.path.name for m in library.search("apples fall in:other.mp4")}
    assert names == {"other.mp4"}


def test_forgotten_videos_are_silent(library: Library, tmp_path: Path) -> None:
    library.forget([tmp_path / "film.mp4"])
    assert library._store.sentences.count() == 0
    assert library._store.sentences.words() == []


def test_descriptions_are_embedded_alone(library: Library, tmp_path: Path) -> None:
    alone = library._embedder.documents(SEEN)
    assert np.allclose(library.embeddings(tmp_path / "film.mp4"), alone)
    assert "budget" in library.segments(tmp_path / "film.mp4")[0].transcript


def test_another_embedder_embeds_sentences_too(library: Library) -> None:
    library.reembed("fake:128")
    assert first(library, "gravity makes apples fall")[1] == 26_300
    again = Library.open(library.folder)
    assert first(again, "gravity makes apples fall")[1] == 26_300


def test_a_library_of_before_is_brought_up_without_describing(tmp_path: Path) -> None:
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    path = tmp_path / "film.mp4"
    add(library, path, said=())
    spoken_in = [
        row if row.start_ms else _with_transcript(row, "Pears are green. Plums are blue.")
        for row in library._store.segments("film.mp4")
    ]
    joint = [f"{row.text} {row.transcript}".strip() for row in spoken_in]
    library._store.rewrite_segments(spoken_in, library._embedder.documents(joint))
    for name in ("sentences", "words"):
        library._store._database.drop_table(name)
    manifest = tmp_path / "library" / "library.json"
    facts = json.loads(manifest.read_text())
    for name in ("mixed", "speech"):
        del facts[name]
    manifest.write_text(json.dumps({**facts, "schema": 2}))

    old = Library.open(tmp_path / "library")
    assert old.mixed
    assert old.search("dog in a garden")[0].start_ms == 10_000
    assert old.embed_apart() == 1
    assert not old.mixed
    assert np.allclose(old.embeddings(path), old._embedder.documents(SEEN))
    assert [s.text for s in old.sentences(path)] == ["Pears are green.", "Plums are blue."]
    assert first(old, "green pears") == ("said", 0, "Pears are green.")
    assert old.embed_apart() == 0
    assert [s.text for s in Library.open(tmp_path / "library").segments(path)] == SEEN


def _with_transcript(row: object, transcript: str) -> object:
    from dataclasses import replace

    return replace(row, transcript=transcript)  # type: ignore[type-var]


def test_export_and_import_carry_sentences(library: Library, tmp_path: Path) -> None:
    lines = [to_line(each) for each in library.export()]
    lines += [spoken_line(each) for each in library.export_sentences()]
    assert json.loads(lines[-1]) == {
        "video": str(tmp_path / "film.mp4"),
        "duration": 40.0,
        "start": 38.0,
        "end": 39.5,
        "said": "He said error 404 again.",
        "language": "en",
    }
    other = Library.open(tmp_path / "other", create=True, embedder="fake:")
    assert other.take_in(from_lines(lines, tmp_path)) == 8
    assert other.take_in(from_lines(lines, tmp_path)) == 0
    assert other.sentences(tmp_path / "film.mp4") == SAID
    assert first(other, "gravity makes apples fall")[1] == 26_300


def test_a_library_that_heard_for_itself_keeps_its_words(library: Library, tmp_path: Path) -> None:
    line = {"video": "film.mp4", "start": 1, "end": 2, "said": "Something else."}
    assert library.take_in(from_lines([json.dumps(line)], tmp_path)) == 0
    assert library.sentences(tmp_path / "film.mp4") == SAID


def test_transcripts_that_are_imported_without_sentences_are_found(tmp_path: Path) -> None:
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    line = {
        "video": "a.mp4",
        "duration": 40,
        "start": 10,
        "end": 20,
        "text": "a street",
        "transcript": "Pears are green.",
    }
    library.take_in(from_lines([json.dumps(line)], tmp_path))
    assert first(library, "green pears") == ("said", 9_500, "Pears are green.")


@pytest.mark.parametrize(
    "line",
    [
        {"video": "a.mp4", "start": 2, "end": 1, "said": "x"},
        {"video": "a.mp4", "start": 0, "end": 1, "said": 7},
        {"video": "a.mp4", "end": 1, "said": "x"},
    ],
)
def test_wrong_lines_are_named(tmp_path: Path, line: dict[str, object]) -> None:
    with pytest.raises(RequestError, match="Line 1"):
        list(from_lines([json.dumps(line)], tmp_path))


def test_the_command_line(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    talk = [Tone(440, 1, 2), Tone(660, 12, 13)]
    render_with_sound(folder / "talk.mp4", [Sound(talk, seconds=14)], seconds=20)
    described = run("index", folder, "--model", "fake:", "--embedder", "fake:", "--speech", "fake:")
    assert described.status == 0, described.err
    assert "2 sentences in 1 video" in described.out
    again = run("index", folder)
    assert "sentences" not in again.out, "the words were remembered with their model"
    found = json.loads(run("search", "a tone of 660 hertz", "--json").out)["moments"][0]
    assert (found["by"], found["said"]) == ("said", "A tone of 660 hertz.")
    assert abs(found["start"] - 11.5) < 0.2
    assert "\tA tone of 660 hertz.\n" in run("search", "a tone of 660 hertz").out
    assert run("transcript", folder / "talk.mp4").out == (
        "[0:01] A tone of 440 hertz.\n[0:12] A tone of 660 hertz.\n"
    )


def test_words_alone_then_pictures(run: Run, tmp_path: Path) -> None:
    film = render_with_sound(tmp_path / "films" / "a.mp4", [Sound([Tone(440, 1, 2)])])
    heard = run("index", film, "--only", "speech", "--speech", "fake:", "--embedder", "fake:")
    assert (heard.status, heard.out[:24]) == (0, "Wrote down 1 sentence in")
    assert json.loads(run("list", "--json").out)[0]["state"] == "heard"
    seen = run("index", film, "--only", "pictures", "--model", "fake:")
    assert "2 windows" in seen.out
    assert "sentence" not in seen.out
    shown = json.loads(run("show", film, "--json").out)["segments"][0]
    assert shown["transcript"] == "A tone of 440 hertz."


def test_transcripts_in_every_format(run: Run, tmp_path: Path) -> None:
    film = render_with_sound(tmp_path / "a.mp4", [Sound([Tone(440, 1, 2)])])
    run("index", film, "--only", "speech", "--speech", "fake:", "--embedder", "fake:")
    for suffix in ("srt", "vtt", "txt", "json"):
        assert run("transcript", film, "-o", f"x.{suffix}").status == 0
    here = Path.cwd()
    subtitles = here / "x.srt"
    number, times, _ = subtitles.read_text().split("\n", 2)
    assert number.rstrip() == "1"
    assert times.startswith("00:00:01,000 --> 00:00:0")
    head, note, cue = (here / "x.vtt").read_text().split("\n\n")
    assert (head, note[:36]) == ("WEBVTT", "NOTE Made by Scenelist from speech, ")
    assert cue.startswith("00:00:01.000 --> ")
    assert json.loads((here / "x.json").read_text())["sentences"][0]["language"] == "en"
    wrong = run("transcript", film, "-o", "x.doc")
    assert (wrong.status, one_sentence(wrong.err)) == (2, True)


def test_captions_lie_beside_a_playlist(run: Run, tmp_path: Path) -> None:
    film = render_with_sound(tmp_path / "a.mp4", [Sound([Tone(440, 1, 2)])])
    run("index", film, "--only", "speech", "--speech", "fake:", "--embedder", "fake:")
    made = run("search", "a tone of 440 hertz", "-o", "tones.xspf", "--captions")
    assert "Captions: " in made.out
    written = Path("tones.captions") / "a.vtt"
    assert "A tone of 440 hertz." in written.read_text()
    again = run("search", "a tone of 440 hertz", "-o", "tones.xspf", "--captions")
    assert (again.status, again.err) == (0, "")
    written.write_text("WEBVTT\n\nmine\n")
    refused = run("search", "a tone of 440 hertz", "-o", "tones.xspf", "--captions")
    assert refused.status == 2
    assert written.read_text() == "WEBVTT\n\nmine\n"
    assert run("search", "a tone", "-o", "-", "--captions").status == 2
    Path("mine.srt").write_text("mine")
    assert run("transcript", film, "-o", "mine.srt").status == 2
    assert Path("mine.srt").read_text() == "mine"
    assert run("transcript", film, "-o", "mine.srt", "--force").status == 0
    assert run("transcript", film, "-o", film, "--force").status == 2


def test_a_transcript_that_somebody_worked_on_reads_as_subtitles(run: Run, tmp_path: Path) -> None:
    from indexer.speech.subtitles import cues

    film = render_with_sound(tmp_path / "a.mp4", [Sound([Tone(440, 1, 2), Tone(660, 5, 6)])])
    run("index", film, "--only", "speech", "--speech", "fake:", "--embedder", "fake:")
    for suffix in (".srt", ".vtt"):
        written = film.with_suffix(suffix)
        run("transcript", film, "-o", written)
        assert cues(film) == []
        written.write_text(written.read_text("utf-8") + "\n", "utf-8")
        assert [cue.text for cue in cues(film)] == ["A tone of 440 hertz.", "A tone of 660 hertz."]
        written.unlink()


def test_silence_and_mistakes_on_the_command_line(run: Run, tmp_path: Path) -> None:
    film = render_with_sound(tmp_path / "a.mp4", [])
    quiet = run("index", film, "--only", "speech", "--speech", "fake:", "--embedder", "fake:")
    assert (quiet.status, quiet.out) == (0, "Wrote down nothing new.\n")
    assert run("transcript", film).status == 1
    nothing = run("index", film, "--only", "speech", "--speech", "off", "--no-subtitles")
    assert (nothing.status, one_sentence(nothing.err)) == (2, True)
    unknown = run("index", film, *FAKE, "--speech", "nonesuch")
    assert (unknown.status, one_sentence(unknown.err)) == (2, True)
