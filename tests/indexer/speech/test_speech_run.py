"""A listening run: what it asks, keeps, passes, resumes and survives."""

from dataclasses import replace
from pathlib import Path

from indexer.errors import ModelError
from indexer.speech.audio_tracks import Track
from indexer.speech.speech_ledger import NONE, SUBTITLES, WordsRecord
from indexer.speech.speech_run import Heard, NoListener, SpeechJob, Worded, listen
from indexer.speech.transcribing.sentences import Sentence
from indexer.speech.transcribing.transcriber import SpeechRecipe
from indexer.speech.transcript import Cue
from indexer.windows import Window
from search import Library
from tests.indexer.speech.listening import FAKE, LISTENER, MINUTE, Ears, piece, words


def go(library: Library, ears: Ears, *paths: Path, **changes: object) -> list[object]:
    job = replace(SpeechJob(paths, lambda: ears, LISTENER), **changes)  # type: ignore[arg-type]
    with library.writing() as writer:
        return list(listen(job, writer))


def record(library: Library, fingerprint: str = "film") -> WordsRecord | None:
    return library.memory().words(fingerprint)


def test_what_is_heard_is_kept_and_not_heard_again(library: Library, film: Path) -> None:
    ears = Ears()
    news = go(library, ears, film)
    assert [type(item) for item in news] == [Heard, Heard, Heard, Worded]
    assert words(library, film) == ["Sentence 0.", "Sentence 1.", "Sentence 2."]
    assert library.sentences(film)[1] == Sentence(60_100, 60_900, "Sentence 1.", "en")
    assert go(library, ears, film) == []
    assert len(ears.met) == 1, "an unchanged file was opened again"


def test_a_copy_is_not_heard_again(library: Library, film: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_text("film")
    ears = Ears()
    go(library, ears, film, copy)
    assert len(ears.orders) == 1
    assert words(library, copy) == words(library, film)


def test_an_interrupted_run_goes_on_where_it_stopped(library: Library, film: Path) -> None:
    job = SpeechJob([film], Ears, LISTENER)
    with library.writing() as writer:
        run = listen(job, writer)
        assert isinstance(next(run), Heard)
        assert isinstance(next(run), Heard)
        run.close()
    assert record(library) is None
    ears = Ears()
    go(library, ears, film)
    assert [order.from_ms for order in ears.orders] == [2 * MINUTE]
    assert words(library, film) == ["Sentence 0.", "Sentence 1.", "Sentence 2."]


def test_what_was_kept_but_not_noted_is_not_there_twice(library: Library, film: Path) -> None:
    """Killed between a piece's sentences and the note of how far they reach."""
    with library.writing() as writer:
        writer.meet(Ears().meet(film, "").video)
        key = LISTENER.recipe.key
        writer.put_words("film", WordsRecord(key, False, MINUTE), piece(0).sentences)
        writer.put_words("film", WordsRecord(key, False, MINUTE), piece(1).sentences)
    go(library, Ears(), film)
    assert words(library, film) == ["Sentence 0.", "Sentence 1.", "Sentence 2."]


def test_another_model_hears_again_and_the_old_words_stay_until_then(
    library: Library, film: Path
) -> None:
    go(library, Ears(), film)
    other = replace(LISTENER, recipe=SpeechRecipe("other", "1"))
    job = SpeechJob([film], lambda: Ears(minutes=5), other)
    with library.writing() as writer:
        run = listen(job, writer)
        next(run)
        assert len(library.sentences(film)) == 3
        run.close()
    go(library, Ears(minutes=5), film, listener=other)
    assert len(words(library, film)) == 5
    assert [row.key for row in library._store.sentences.words()] == [other.recipe.key]


def test_subtitles_are_taken_rather_than_the_sound(library: Library, film: Path) -> None:
    cues = [Cue(0, 900, "We have to"), Cue(1_000, 2_000, "go home."), Cue(2_100, 3_000, "Now.")]
    ears = Ears(cues=cues)
    go(library, ears, film)
    assert library.sentences(film) == [
        Sentence(0, 2_000, "We have to go home."),
        Sentence(2_100, 3_000, "Now."),
    ]
    assert not ears.orders
    known = record(library)
    assert known is not None
    assert known.key == SUBTITLES


def test_a_subtitle_file_that_appears_later_is_taken(library: Library, film: Path) -> None:
    go(library, Ears(), film)
    film.with_suffix(".srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nWritten.\n")
    go(library, Ears(cues=[Cue(1_000, 2_000, "Written.")]), film)
    assert words(library, film) == ["Written."]
    assert go(library, Ears(), film) == []


def test_without_a_listener_only_subtitles_count(library: Library, film: Path) -> None:
    go(library, Ears(), film, listener=None)
    known = record(library)
    assert known is not None
    assert known.key == NONE
    assert go(library, Ears(), film, listener=None) == []
    go(library, Ears(), film)
    assert len(words(library, film)) == 3


def test_broken_sound_costs_what_comes_after(library: Library, film: Path) -> None:
    news = go(library, Ears(breaks_at=1), film)
    assert isinstance(news[-1], Worded)
    assert news[-1].record.note == "its sound is damaged"
    assert words(library, film) == ["Sentence 0."]
    assert go(library, Ears(), film) == [], "a broken file is not tried again by itself"
    go(library, Ears(), film, retry=lambda path: True)
    assert len(words(library, film)) == 3


def test_a_model_that_cannot_be_used_ends_listening_not_the_run(
    library: Library, film: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    other.write_text("other")
    ears = Ears(breaks_at=0, error=ModelError("The model is damaged."))
    news = go(library, ears, film, other)
    assert news[0] == NoListener("The model is damaged.")
    assert len(ears.orders) == 1
    assert record(library) is None, "it is to be heard another time"


def test_words_of_a_video_whose_pictures_are_damaged(library: Library, film: Path) -> None:
    stat = film.stat()
    damaged = (film, "", stat.st_size, stat.st_mtime_ns, "it has no video track")
    with library.writing() as writer:
        writer.fail(*damaged)
    assert go(library, Ears(), film) == [], "who cannot be opened is left alone"
    go(library, Ears(), film, retry=lambda path: True)
    (listed,) = library.listing()
    assert (listed.state, listed.error) == ("failed", "it has no video track")
    assert len(words(library, film)) == 3
    with library.writing() as writer:
        writer.fail(*damaged)
    assert len(words(library, film)) == 3
    assert go(library, Ears(), film) == []


def test_a_silent_video_has_no_words(library: Library, film: Path) -> None:
    ears = Ears(track=None)
    go(library, ears, film)
    assert words(library, film) == []
    assert not ears.orders
    assert go(library, Ears(), film) == []


def test_an_english_model_never_hears_what_is_said_to_be_german(
    library: Library, film: Path
) -> None:
    english = replace(LISTENER, model=replace(FAKE, english_only=True))
    ears = Ears(track=Track(1, "ger"))
    (news,) = go(library, ears, film, listener=english)
    assert isinstance(news, Worded)
    assert "knows nothing but English" in news.record.note
    assert not ears.orders


def test_described_windows_get_what_is_said_whoever_comes_first(
    library: Library, film: Path
) -> None:
    from indexer.segments import Segment
    from tests.doubles import RECIPE

    video = Ears().meet(film, "").video
    windows = [Window(0, 30_000), Window(30_000, 60_000), Window(60_000, 90_000)]
    with library.writing() as writer:
        writer.begin(video, RECIPE)
        writer.put(video, RECIPE, [Segment(windows[0], "a street")])
        list(listen(SpeechJob([film], Ears, LISTENER), writer))
        writer.put(video, RECIPE, [Segment(window, "a street") for window in windows[1:]])
        writer.finish(video, RECIPE)
    assert [s.transcript for s in library.segments(film)] == ["Sentence 0.", "", "Sentence 1."]
