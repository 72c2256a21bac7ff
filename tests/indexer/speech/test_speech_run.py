"""A listening run: what it asks, keeps, passes, resumes and survives."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from indexer.errors import ModelError, VideoError
from indexer.processes.supervisor import Child
from indexer.speech.audio_tracks import Track
from indexer.speech.estimate import estimate
from indexer.speech.languages import Languages
from indexer.speech.listener_thread import Beside
from indexer.speech.speech_ledger import NONE, SUBTITLES, NoMemory, WordsRecord
from indexer.speech.speech_run import Heard, Listener, NoListener, SpeechJob, Worded, listen
from indexer.speech.transcribing.messages import ListenOrder, Met, Piece
from indexer.speech.transcribing.sentences import Sentence
from indexer.speech.transcribing.supervisor import SpeechWorker
from indexer.speech.transcribing.transcriber import SpeechModel, SpeechOptions, SpeechRecipe
from indexer.speech.transcript import Cue
from indexer.video import Video
from indexer.windows import Window
from search import Library
from search.store.writing.writer import Writer
from tests.speech_media import Sound, Tone, render_with_sound

FAKE = SpeechModel("fake:", "1")
LISTENER = Listener(SpeechOptions("fake:"), FAKE, SpeechRecipe("fake:", "1"))
MINUTE = 60_000


def piece(number: int) -> Piece:
    said = Sentence(number * MINUTE + 100, number * MINUTE + 900, f"Sentence {number}.", "en")
    return Piece(number * MINUTE, (number + 1) * MINUTE, (said,), 800, 0.1, 0.1)


@dataclass
class Ears:
    """A worker that hears a sentence a minute, and may break at one of them."""

    minutes: int = 3
    breaks_at: int | None = None
    error: Exception = field(default_factory=lambda: VideoError("its sound is damaged"))
    cues: list[Cue] = field(default_factory=list)
    track: Track | None = field(default_factory=lambda: Track(1, "eng"))
    orders: list[ListenOrder] = field(default_factory=list)
    met: list[Path] = field(default_factory=list)

    def meet(self, path: Path, track: str) -> Met:
        self.met.append(path)
        stat = path.stat()
        span = Window(0, self.minutes * MINUTE)
        content = path.read_text()
        video = Video(path, content, stat.st_size, stat.st_mtime_ns, span.end_ms, span, 64, 48)
        return Met(video, self.track)

    def subtitles(self, path: Path, languages: Languages) -> list[Cue]:
        return self.cues

    def listen(self, order: ListenOrder) -> Iterator[Piece]:
        self.orders.append(order)
        for number in range(order.from_ms // MINUTE, self.minutes):
            if number == self.breaks_at:
                raise self.error
            yield piece(number)

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.open(tmp_path / "library", create=True, embedder="fake:")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_text("film")
    return path


def words(library: Library, path: Path) -> list[str]:
    return [said.text for said in library.sentences(path)]


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


def test_a_run_beside_another_tells_its_news_and_ends_with_it(library: Library, film: Path) -> None:
    with library.writing() as writer, Beside(SpeechJob([film], Ears, LISTENER), writer) as beside:
        news = list(beside.rest())
    assert len(news) == 4
    with library.writing() as writer, Beside(None, writer) as beside:
        assert list(beside.rest()) == []


def test_what_goes_wrong_beside_is_raised(film: Path) -> None:
    class Broken(NoMemory):
        def meet(self, video: Video, *, link: bool) -> None:
            raise RuntimeError("a bug")

    with (
        pytest.raises(RuntimeError, match="a bug"),
        Beside(SpeechJob([film], Ears, LISTENER), Broken()) as beside,  # type: ignore[arg-type]
    ):
        list(beside.rest())


TALK = [Tone(440, 1, 2), Tone(660, 3, 4)]


def test_a_real_process_listens(library: Library, tmp_path: Path) -> None:
    path = render_with_sound(tmp_path / "a.mp4", [Sound(TALK)])
    with library.writing() as writer:
        list(listen(SpeechJob([path], SpeechWorker, LISTENER), writer))
    assert words(library, path) == ["A tone of 440 hertz.", "A tone of 660 hertz."]
    first, second = library.sentences(path)
    assert abs(first.start_ms - 1_000) < 150
    assert abs(second.start_ms - 3_000) < 150


def test_a_process_that_dies_costs_a_files_words(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = render_with_sound(tmp_path / "one.mp4", [Sound(TALK)])
    two = render_with_sound(tmp_path / "two.mp4", [Sound([Tone(880, 1, 2)])])
    send = Child.send

    def killed(child: Child, order: object) -> None:
        if isinstance(order, ListenOrder) and order.path == one:
            os.kill(child.process.pid, signal.SIGKILL)
        send(child, order)

    monkeypatch.setattr(Child, "send", killed)
    with library.writing() as writer:
        news = list(listen(SpeechJob([one, two], SpeechWorker, LISTENER), writer))
    worded = [item for item in news if isinstance(item, Worded)]
    assert [("crashed" in item.record.note) for item in worded] == [True, False]
    assert words(library, two) == ["A tone of 880 hertz."]


def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = render_with_sound(tmp_path / "a.mp4", [Sound(TALK)])
    worker = SpeechWorker(patience_s=60)
    worker.meet(path, "")
    assert worker._orders.child is not None
    process = worker._orders.child.process
    os.kill(process.pid, signal.SIGSTOP)
    worker._patience_s = 0.5
    with pytest.raises(VideoError, match="hangs"):
        list(worker.listen(ListenOrder(path, "", LISTENER.options, FAKE, 0)))
    assert process.poll() is not None
    worker.close()


def test_an_estimate_goes_by_voices_not_by_length(tmp_path: Path) -> None:
    path = render_with_sound(tmp_path / "a.mp4", [Sound(TALK)])
    found = estimate(SpeechJob([path], SpeechWorker, LISTENER), NoMemory(), LISTENER)
    assert found.files == 1
    assert abs(found.sound_ms - 12_000) < 200
    assert 1_000 < found.voice_ms < 4_500
    assert found.seconds is not None


def test_the_writer_is_a_ledger_of_words(library: Library) -> None:
    assert isinstance(library.memory(), Writer)
