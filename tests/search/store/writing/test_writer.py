"""What the writer has the store write, row by row; a store in memory that notes every commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.recipe import Recipe
from indexer.segments import Segment
from indexer.speech.speech_ledger import SUBTITLES, WordsRecord
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video
from indexer.windows import Window
from search.embedding.embedder import EmbedderIdentity
from search.store.provenance import ANSWERED
from search.store.rows import FileRow, SegmentRow, SentenceRow, VideoRow, WordsRow
from search.store.writing.embedded_text import embedded, says_less, searched_text
from search.store.writing.writer import Writer
from tests.doubles import RECIPE

OTHER = replace(RECIPE, prompt="What else?")
FIRST, SECOND, THIRD = (Window(i * 10_000, (i + 1) * 10_000) for i in range(3))


class CountingEmbedder:
    """Embeds a text as its length and its number; `asked` lists what it was given."""

    identity = EmbedderIdentity("counting", "1", 2)

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append(list(texts))
        return np.array([[len(text), i + 1] for i, text in enumerate(texts)], np.float32)

    queries = documents


@dataclass
class MemorySentences:
    """The sentences of a `MemoryStore`."""

    log: list[str]
    rows: list[SentenceRow] = field(default_factory=list)
    known: list[WordsRow] = field(default_factory=list)
    vectors: list[list[float]] = field(default_factory=list)

    def words(self) -> list[WordsRow]:
        return list(self.known)

    def of(self, fingerprint: str) -> list[SentenceRow]:
        self.log.append(f"read sentences of {fingerprint}")
        mine = [r for r in self.rows if r.fingerprint == fingerprint and not r.staged]
        return sorted(mine, key=lambda row: (row.start_ms, row.end_ms))

    def add(self, rows: Sequence[SentenceRow], vectors: NDArray[np.float32]) -> None:
        self.log.append(f"add {len(rows)} sentences")
        self.rows += rows
        self.vectors += vectors.tolist()

    def put_words(self, row: WordsRow) -> None:
        key = (row.fingerprint, row.key)
        self.known = [r for r in self.known if (r.fingerprint, r.key) != key] + [row]

    def drop_after(self, fingerprint: str, key: str, from_ms: int) -> None:
        self.log.append(f"drop {key} from {from_ms}")
        self.rows = [
            r
            for r in self.rows
            if (r.fingerprint, r.key) != (fingerprint, key) or r.start_ms < from_ms
        ]

    def replace(self, fingerprint: str, row: WordsRow) -> None:
        mine = [r for r in self.rows if r.fingerprint == fingerprint and r.key == row.key]
        self.rows = [r for r in self.rows if r.fingerprint != fingerprint]
        self.rows += [replace(r, staged=False) for r in mine]
        self.known = [r for r in self.known if r.fingerprint != fingerprint] + [row]


@dataclass
class MemoryStore:
    """What the writer needs of a store; `log` lists the commits."""

    log: list[str] = field(default_factory=list)
    file_rows: dict[str, FileRow] = field(default_factory=dict)
    video_rows: dict[str, VideoRow] = field(default_factory=dict)
    rows: list[SegmentRow] = field(default_factory=list)
    vectors: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sentences = MemorySentences(self.log)

    def files(self) -> list[FileRow]:
        return list(self.file_rows.values())

    def videos(self) -> list[VideoRow]:
        return list(self.video_rows.values())

    def counts(self) -> dict[str, int]:
        names = [row.fingerprint for row in self.rows if not row.staged]
        return {name: names.count(name) for name in names}

    def segments(
        self, fingerprint: str, *, staged: bool | None = False, answers: bool = False
    ) -> list[SegmentRow]:
        mine = [r for r in self.rows if r.fingerprint == fingerprint]
        mine = [r for r in mine if answers or r.recipe != ANSWERED]
        return [r for r in mine if staged is None or r.staged == staged]

    def put_files(self, rows: Sequence[FileRow]) -> None:
        self.log.append("put " + " ".join(Path(row.path).name for row in rows))
        self.file_rows.update({row.path: row for row in rows})

    def put_videos(self, rows: Sequence[VideoRow]) -> None:
        self.log.append("put " + " ".join(row.fingerprint for row in rows))
        self.video_rows.update({row.fingerprint: row for row in rows})

    def drop_files(self, paths: Iterable[str]) -> None:
        names = list(paths)
        self.log.append("drop " + " ".join(sorted(Path(name).name for name in names)))
        for name in names:
            del self.file_rows[name]

    def drop_videos(self, fingerprints: Sequence[str]) -> None:
        self.log.append("drop " + " ".join(fingerprints))
        for name in fingerprints:
            self.video_rows.pop(name, None)
        self.rows = [row for row in self.rows if row.fingerprint not in fingerprints]

    def add_segments(self, rows: Sequence[SegmentRow], vectors: NDArray[np.float32]) -> None:
        self.log.append(f"add {len(rows)}")
        self.rows += rows
        self.vectors += vectors.tolist()

    def _changed(self, rows: Sequence[SegmentRow]) -> None:
        new = {(r.fingerprint, r.start_ms, r.end_ms, r.recipe, r.text): r for r in rows}
        self.rows = [
            new.get((r.fingerprint, r.start_ms, r.end_ms, r.recipe, r.text), r) for r in self.rows
        ]

    def rewrite_segments(self, rows: Sequence[SegmentRow]) -> None:
        self.log.append(f"rewrite {len(rows)}")
        self._changed(rows)

    def replace_segments(self, fingerprint: str, recipe: str) -> None:
        self.log.append(f"replace {fingerprint}")
        kept = [r for r in self.rows if r.fingerprint != fingerprint or r.recipe == recipe]
        self.rows = [replace(row, staged=False) for row in kept]

    def tidy(self) -> None:
        self.log.append("tidy")


class Recorded:
    """A writer on a store in memory that records its commits, and all that the writer is given."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.embedder = CountingEmbedder()
        self.learnt: list[Recipe] = []
        self.writer = Writer(self.store, lambda: self.embedder, self.learnt.append)  # type: ignore[arg-type]

    @property
    def log(self) -> list[str]:
        """What was committed since last asked."""
        said = list(self.store.log)
        self.store.log.clear()
        return said

    def again(self) -> Writer:
        """Return the writer of a later run."""
        return Recorded(self.store).writer


def video(path: Path, fingerprint: str = "one", size: int = 10, mtime: int = 20) -> Video:
    return Video(
        path,
        fingerprint,
        size,
        mtime,
        30_500,
        Window(500, 30_000),
        64,
        48,
        "odd",
        1_700_000_000_000,
    )


ROW = VideoRow("one", 30_500, 500, 30_000, 64, 48, "odd", "", 1_700_000_000_000)


def segment(window: Window, text: str = "A dog runs.", **more: Any) -> Segment:
    return Segment(window, text, **more)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "a.mp4").touch()
    return tmp_path / "a.mp4"


def described(recorded: Recorded, path: Path, recipe: Recipe = RECIPE, *windows: Window) -> Video:
    """Describe a video whole, in the windows given or the first two."""
    made = video(path)
    recorded.writer.begin(made, recipe)
    recorded.writer.put(made, recipe, [segment(window) for window in windows or (FIRST, SECOND)])
    recorded.writer.finish(made, recipe)
    return made


# Files and contents


def test_a_file_is_remembered_with_its_content(recorded: Recorded, path: Path) -> None:
    recorded.writer.begin(video(path), RECIPE)
    assert recorded.store.file_rows == {str(path): FileRow(str(path), "one", 10, 20, "", False)}
    assert recorded.store.video_rows == {"one": ROW}
    assert recorded.log == ["put one", "put a.mp4"]
    assert recorded.learnt == [RECIPE]
    record = recorded.writer.file(path)
    assert record is not None
    assert (record.path, record.fingerprint) == (path, "one")
    assert (record.size_bytes, record.mtime_ns, record.error) == (10, 20, "")
    assert recorded.writer.fingerprint(path) == "one"
    assert recorded.writer.fingerprint(path.with_name("b.mp4")) == ""
    assert recorded.writer.knows("one")
    assert not recorded.writer.knows("two")


def test_what_is_known_is_not_written_again(recorded: Recorded, path: Path) -> None:
    recorded.writer.begin(video(path), RECIPE)
    recorded.store.log.clear()
    assert recorded.writer.begin(video(path), RECIPE) == frozenset()
    assert recorded.log == []
    recorded.writer.begin(replace(video(path), width=128), RECIPE)
    assert recorded.log == ["put one"]
    assert recorded.store.video_rows["one"].width == 128
    recorded.writer.begin(replace(video(path), width=128), RECIPE)
    assert recorded.log == []


def test_files_that_were_imported_are_none_to_an_indexer(recorded: Recorded, path: Path) -> None:
    row = FileRow(str(path), "one", 0, 0, "", True)
    recorded.writer.add_videos([row], [ROW])
    assert recorded.writer.file(path) is None
    assert recorded.writer.fingerprint(path) == "one"
    assert recorded.log == ["put one", "put a.mp4"]
    recorded.writer.add_videos([replace(row, fingerprint="two")], [replace(ROW, width=1)])
    assert recorded.log == [], "what is known stays"
    assert recorded.writer.fingerprint(path) == "one"
    recorded.writer.link(path, "one", 10, 20)
    assert recorded.writer.file(path) is not None


def test_of_what_is_added_twice_in_one_go_one_stays(recorded: Recorded, path: Path) -> None:
    row = FileRow(str(path), "one", 0, 0, "", True)
    recorded.writer.add_videos([row, row], [ROW, ROW])
    assert recorded.log == ["put one", "put a.mp4"]
    recorded.writer.add_videos([], [])
    assert recorded.log == []


def test_what_is_new_has_not_moved(recorded: Recorded, path: Path) -> None:
    assert recorded.writer.link(path, "one", 10, 20) is False
    assert recorded.log == ["put a.mp4"]


def test_a_copy_is_no_move(recorded: Recorded, path: Path) -> None:
    described(recorded, path)
    recorded.store.log.clear()
    copy = path.with_name("copy.mp4")
    assert recorded.writer.link(copy, "one", 10, 21) is False
    assert recorded.log == ["put copy.mp4"]
    assert recorded.writer.link(copy, "one", 10, 21) is False
    assert recorded.log == [], "it is known"
    record = recorded.writer.file(copy)
    assert record is not None
    assert (record.mtime_ns, record.recipe_key) == (21, RECIPE.key)


def test_what_is_gone_where_it_was_has_moved(recorded: Recorded, path: Path) -> None:
    described(recorded, path)
    path.unlink()
    new = path.with_name("new.mp4")
    recorded.store.log.clear()
    assert recorded.writer.link(new, "one", 10, 20) is True
    assert recorded.log == ["put new.mp4", "drop a.mp4"]
    assert recorded.writer.file(path) is None
    assert recorded.store.file_rows.keys() == {str(new)}
    assert recorded.writer.complete("one") == RECIPE.key


def test_where_one_of_two_is_gone_it_is_a_copy_of_the_other(recorded: Recorded, path: Path) -> None:
    described(recorded, path)
    gone, new = path.with_name("gone.mp4"), path.with_name("new.mp4")
    recorded.writer.link(gone, "one", 10, 20)
    assert recorded.writer.link(new, "one", 10, 20) is False
    assert recorded.store.file_rows.keys() == {str(path), str(new)}


def test_a_file_that_was_imported_need_not_be_here(recorded: Recorded, path: Path) -> None:
    elsewhere = FileRow("/elsewhere/a.mp4", "one", 0, 0, "", True)
    recorded.writer.add_videos([elsewhere], [ROW])
    assert recorded.writer.link(path, "one", 10, 20) is False
    assert recorded.store.file_rows.keys() == {"/elsewhere/a.mp4", str(path)}
    path.unlink()
    new = path.with_name("new.mp4")
    assert recorded.writer.link(new, "one", 10, 20) is False, "one of the others is still listed"
    assert recorded.store.file_rows.keys() == {"/elsewhere/a.mp4", str(new)}


def test_a_path_with_another_content_drops_the_last_of_the_old(
    recorded: Recorded, path: Path
) -> None:
    described(recorded, path)
    recorded.store.log.clear()
    recorded.writer.begin(video(path, "two"), RECIPE)
    assert recorded.log == ["put two", "put a.mp4", "drop one"]
    assert recorded.store.rows == []
    assert not recorded.writer.knows("one")
    assert recorded.writer.complete("one") == ""


def test_but_not_what_another_path_has(recorded: Recorded, path: Path) -> None:
    described(recorded, path)
    recorded.writer.link(path.with_name("copy.mp4"), "one", 10, 20)
    recorded.store.log.clear()
    recorded.writer.link(path, "two", 11, 21)
    assert recorded.log == ["put a.mp4"]
    assert recorded.writer.knows("one")


def test_a_later_run_knows_the_same(recorded: Recorded, path: Path) -> None:
    described(recorded, path)
    later = recorded.again()
    assert later.complete("one") == RECIPE.key
    assert later.file(path) == recorded.writer.file(path)
    assert later.begin(video(path), RECIPE) == {FIRST, SECOND}
    path.unlink()
    assert later.link(path.with_name("b.mp4"), "one", 10, 20) is True


def test_what_is_called_complete_and_is_empty_is_not(recorded: Recorded, path: Path) -> None:
    described(recorded, path)
    recorded.store.rows.clear()
    later = Recorded(recorded.store)
    assert later.writer.complete("one") == ""
    assert later.writer.knows("one")
    record = later.writer.file(path)
    assert record is not None
    assert record.recipe_key == ""
    assert later.writer.begin(video(path), RECIPE) == frozenset()
    later.writer.finish(video(path), RECIPE)
    assert later.writer.complete("one") == RECIPE.key
    again = Recorded(recorded.store)
    again.writer.call_complete("one", OTHER.key)
    assert again.writer.complete("one") == OTHER.key
    assert recorded.store.video_rows["one"] == replace(ROW, recipe=OTHER.key)


def test_where_files_are_moved_to(recorded: Recorded, tmp_path: Path) -> None:
    for name in ("old/a.mp4", "old/deep/b.mp4", "older/c.mp4"):
        recorded.writer.link(tmp_path / name, name, 10, 20)
    recorded.store.log.clear()
    moved = recorded.writer.relocate(tmp_path / "old", tmp_path / "new" / "er")
    assert moved == [tmp_path / "new/er/a.mp4", tmp_path / "new/er/deep/b.mp4"]
    assert recorded.log == ["put a.mp4 b.mp4", "drop a.mp4 b.mp4"], "first the new, then the old"
    assert recorded.store.file_rows.keys() == {
        str(tmp_path / name) for name in ("new/er/a.mp4", "new/er/deep/b.mp4", "older/c.mp4")
    }
    assert recorded.writer.fingerprint(moved[1]) == "old/deep/b.mp4"
    assert recorded.writer.fingerprint(tmp_path / "old/a.mp4") == ""
    place = tmp_path / "c.mp4"
    assert recorded.writer.relocate(tmp_path / "older/c.mp4", place) == [place]
    recorded.store.log.clear()
    assert recorded.writer.relocate(tmp_path / "nowhere", tmp_path / "x") == []
    assert recorded.log == []
    assert recorded.writer.relocate(place, place) == [place]
    assert recorded.log == ["put c.mp4"], "what stays where it is stays"


# Failures


def test_why_a_file_could_not_be_read(recorded: Recorded, path: Path) -> None:
    recorded.writer.fail(path, "", 10, 20, "it is damaged")
    assert recorded.store.file_rows[str(path)] == FileRow(
        str(path), "", 10, 20, "it is damaged", False
    )
    recorded.store.log.clear()
    recorded.writer.fail(path, "", 10, 20, "it is damaged")
    assert recorded.log == []


@pytest.mark.parametrize(
    ("size", "mtime", "fingerprint", "kept"),
    [
        (10, 20, "", "one"),
        (11, 20, "", ""),
        (10, 21, "", ""),
        (10, 20, "two", "two"),
    ],
)
def test_a_file_that_has_not_changed_keeps_its_content(
    recorded: Recorded, path: Path, size: int, mtime: int, fingerprint: str, kept: str
) -> None:
    described(recorded, path)
    recorded.writer.fail(path, fingerprint, size, mtime, "the disk failed")
    assert recorded.writer.fingerprint(path) == kept
    assert recorded.writer.knows("one") is (kept == "one")


# Windows


def test_a_window_is_kept_with_all_that_is_known_of_it(recorded: Recorded, path: Path) -> None:
    made = video(path)
    recorded.writer.begin(made, RECIPE)
    recorded.store.log.clear()
    recorded.writer.put(
        made,
        RECIPE,
        [
            segment(FIRST, "The video shows a cafe\u0301.", transcript="Ka\u0308the"),
            segment(SECOND, "A dog.", same_as_ms=500),
        ],
    )
    assert recorded.store.rows == [
        SegmentRow(
            "one", 0, 10_000, "The video shows a caf\u00e9.", "K\u00e4the", RECIPE.key, False, ""
        ),
        SegmentRow("one", 10_000, 20_000, "A dog.", "", RECIPE.key, False, '{"same_as": 0.5}'),
    ]
    assert recorded.embedder.asked == [["A caf\u00e9.", "A dog."]]
    assert recorded.store.vectors == [[7, 1], [6, 2]]
    assert recorded.log == ["add 2"]


def test_a_window_that_is_put_twice_is_kept_once(recorded: Recorded, path: Path) -> None:
    made = video(path)
    recorded.writer.begin(made, RECIPE)
    recorded.writer.put(made, RECIPE, [segment(FIRST)])
    recorded.writer.put(made, RECIPE, [segment(FIRST), segment(SECOND)])
    recorded.store.log.clear()
    recorded.writer.put(made, RECIPE, [segment(SECOND)])
    assert recorded.log == []
    assert [row.start_ms for row in recorded.store.rows] == [0, 10_000]
    later = recorded.again()
    assert later.begin(made, RECIPE) == {FIRST, SECOND}
    later.put(made, RECIPE, [segment(FIRST), segment(THIRD)])
    assert [row.start_ms for row in recorded.store.rows] == [0, 10_000, 20_000]


def test_windows_under_another_recipe_wait_for_each_other(recorded: Recorded, path: Path) -> None:
    made = described(recorded, path)
    assert recorded.writer.begun_otherwise("one", RECIPE) is False
    assert recorded.writer.begun_otherwise("one", OTHER) is True
    assert recorded.writer.begun_otherwise("two", OTHER) is False
    assert recorded.writer.begin(made, OTHER) == frozenset()
    assert recorded.writer.complete("one") == RECIPE.key
    recorded.writer.put(made, OTHER, [segment(FIRST)])
    assert [(row.recipe, row.staged) for row in recorded.store.rows] == [
        (RECIPE.key, False),
        (RECIPE.key, False),
        (OTHER.key, True),
    ]
    assert recorded.writer.begun_otherwise("one", RECIPE) is True, "one of the other waits"
    later = Recorded(recorded.store)
    assert later.writer.begin(made, OTHER) == {FIRST}
    recorded.store.log.clear()
    later.writer.finish(made, OTHER)
    assert later.log == ["replace one", "put one"]
    assert [(row.recipe, row.staged) for row in recorded.store.rows] == [(OTHER.key, False)]
    later.writer.put(made, OTHER, [segment(SECOND)])
    assert not recorded.store.rows[-1].staged, "they are searched at once from now on"
    later.writer.finish(made, OTHER)
    assert later.log == ["add 1", "put one"]


def test_answers_are_no_other_recipe(recorded: Recorded, path: Path) -> None:
    made = described(recorded, path)
    assert recorded.writer.keep(path, Window(0, 30_000), "It is Bello.", '{"asked": "Who?"}')
    assert recorded.store.rows[-1] == SegmentRow(
        "one", 0, 30_000, "It is Bello.", "", ANSWERED, False, '{"asked": "Who?"}'
    )
    recorded.writer.begin(made, RECIPE)
    recorded.writer.put(made, RECIPE, [segment(THIRD)])
    assert not recorded.store.rows[-1].staged
    recorded.store.log.clear()
    recorded.writer.finish(made, RECIPE)
    assert recorded.log == ["put one"]


@pytest.mark.parametrize(
    ("window", "text", "new"),
    [
        (Window(0, 30_000), "It is Bello.", False),
        (Window(1, 30_000), "It is Bello.", True),
        (Window(0, 29_999), "It is Bello.", True),
        (Window(0, 30_000), "It is Rex.", True),
    ],
)
def test_an_answer_is_kept_once(
    recorded: Recorded, path: Path, window: Window, text: str, new: bool
) -> None:
    described(recorded, path)
    recorded.writer.keep(path, Window(0, 30_000), "It is Bello.", "")
    assert recorded.writer.keep(path, window, text, "") is new
    assert len(recorded.store.rows) == (4 if new else 3)


# What is said in windows


def test_other_subtitles_change_what_they_change(recorded: Recorded, path: Path) -> None:
    made = video(path)
    recorded.writer.begin(made, RECIPE)
    recorded.writer.put(made, RECIPE, [segment(FIRST, transcript="Hello."), segment(SECOND)])
    recorded.store.log.clear()
    says: Callable[[Window], str] = lambda w: "Salut." if w == SECOND else "Hello."  # noqa: E731
    assert recorded.writer.subtitle("one", says) == 1
    assert recorded.log == ["rewrite 1"]
    assert [row.transcript for row in recorded.store.rows] == ["Hello.", "Salut."]
    assert recorded.writer.subtitle("one", says) == 0
    assert recorded.log == []


def test_windows_that_wait_say_the_same(recorded: Recorded, path: Path) -> None:
    made = described(recorded, path)
    recorded.writer.begin(made, OTHER)
    recorded.writer.put(made, OTHER, [segment(FIRST)])
    assert recorded.writer.subtitle("one", lambda w: "Hello." if w == FIRST else "") == 2
    said = [(row.staged, row.transcript) for row in recorded.store.rows]
    assert said == [(False, "Hello."), (False, ""), (True, "Hello.")]
    record = WordsRecord("tiny", True, 30_000)
    recorded.writer.put_words("one", record, [sentence(1_000, "Bye.")])
    recorded.writer.finish_words("one", record)
    assert [row.transcript for row in recorded.store.rows] == ["Bye.", "", "Bye."]


def sentence_row(start_ms: int, text: str, key: str, staged: bool) -> SentenceRow:
    return SentenceRow("one", start_ms, start_ms + 1_000, text, "en", key, staged)


def sentence(start_ms: int, text: str) -> Sentence:
    return Sentence(start_ms, start_ms + 1_000, text, "en")


def test_the_first_words_are_searched_as_they_come(recorded: Recorded, path: Path) -> None:
    described(recorded, path)
    assert recorded.writer.words("one") is None
    assert recorded.writer.begin_words("one", "tiny") == WordsRecord("tiny", False)
    recorded.store.log.clear()
    so_far = WordsRecord("tiny", True, 9_000, "beside", "note", 4_000)
    recorded.writer.put_words("one", so_far, [sentence(1_000, "Hello.")])
    assert recorded.log == ["add 1 sentences"]
    assert recorded.store.sentences.rows == [sentence_row(1_000, "Hello.", "tiny", False)]
    assert recorded.store.sentences.vectors == [[6, 1]]
    known = WordsRow("one", "tiny", False, 9_000, "beside", "note", 4_000)
    assert recorded.store.sentences.known == [known]
    assert recorded.writer.words("one") is None, "they are not whole"
    recorded.writer.put_words("one", replace(so_far, heard_ms=9_500), [])
    assert recorded.log == [], "nothing is embedded where nothing is said"
    assert recorded.store.sentences.known == [replace(known, heard_ms=9_500)]
    assert recorded.writer.begin_words("one", "tiny").heard_ms == 9_500
    assert recorded.again().begin_words("one", "tiny") == replace(
        so_far, complete=False, heard_ms=9_500
    )


def test_what_came_after_what_is_known_to_be_kept_goes(recorded: Recorded, path: Path) -> None:
    described(recorded, path)
    recorded.writer.put_words("one", WordsRecord("tiny", False, 9_000), [sentence(1_000, "Hello.")])
    recorded.store.sentences.rows.append(sentence_row(9_000, "Half", "tiny", False))
    recorded.store.log.clear()
    recorded.writer.begin_words("one", "tiny")
    assert recorded.log == ["drop tiny from 9000"]
    assert recorded.writer.begin_words("one", "tiny", anew=True) == WordsRecord("tiny", False)
    assert recorded.log == ["drop tiny from 0"]
    assert recorded.writer.begin_words("one", "base") == WordsRecord("base", False)
    assert recorded.log == ["drop base from 0"]


def test_whole_words_take_the_place_of_others_and_are_said_in_windows(
    recorded: Recorded, path: Path
) -> None:
    described(recorded, path)
    old = WordsRecord("tiny", False, 30_000)
    recorded.writer.put_words("one", old, [sentence(1_000, "Hallo.")])
    recorded.writer.finish_words("one", old)
    assert recorded.writer.words("one") == replace(old, complete=True)
    assert [row.transcript for row in recorded.store.rows] == ["Hallo.", ""]
    new = WordsRecord("base", False, 30_000)
    recorded.writer.put_words("one", new, [sentence(11_000, "Hello.")])
    assert [(row.key, row.staged) for row in recorded.store.sentences.rows] == [
        ("tiny", False),
        ("base", True),
    ]
    assert recorded.writer.words("one") == replace(old, complete=True), "until the new are whole"
    recorded.store.log.clear()
    recorded.writer.finish_words("one", new)
    assert recorded.log == ["read sentences of one", "rewrite 2"]
    assert recorded.writer.words("one") == replace(new, complete=True)
    assert recorded.store.sentences.rows == [sentence_row(11_000, "Hello.", "base", False)]
    assert [row.transcript for row in recorded.store.rows] == ["", "Hello."]
    assert recorded.embedder.asked[1:] == [["Hallo."], ["Hello."]], "windows are not embedded again"
    recorded.writer.finish_words("one", new)
    assert recorded.log == ["read sentences of one"], "they say that already"
    assert recorded.again().words("one") == replace(new, complete=True)


def test_more_of_the_same_words_is_not_staged_and_stays_whole(
    recorded: Recorded, path: Path
) -> None:
    described(recorded, path)
    record = WordsRecord(SUBTITLES, True, 30_000)
    recorded.writer.finish_words("one", record)
    recorded.writer.put_words("one", record, [sentence(1_000, "Hello.")])
    assert not recorded.store.sentences.rows[0].staged
    assert recorded.store.sentences.known[0].complete
    assert recorded.writer.words("one") == record


def test_windows_that_come_later_say_what_is_said_in_them(recorded: Recorded, path: Path) -> None:
    made = video(path)
    recorded.writer.begin(made, RECIPE)
    record = WordsRecord("tiny", False, 30_000)
    recorded.writer.put_words("one", record, [sentence(1_000, "One."), sentence(12_000, "Two.")])
    recorded.writer.put(made, RECIPE, [segment(FIRST)])
    assert recorded.store.rows[0].transcript == "", "the words are not whole"
    recorded.writer.finish_words("one", record)
    assert recorded.store.rows[0].transcript == "One."
    recorded.store.log.clear()
    recorded.writer.put(made, RECIPE, [segment(SECOND), segment(THIRD)])
    assert [row.transcript for row in recorded.store.rows] == ["One.", "Two.", ""]
    assert recorded.log == ["add 2"], "the sentences were held in memory"


def test_the_words_of_sixteen_videos_are_held(recorded: Recorded, tmp_path: Path) -> None:
    made = [video(tmp_path / f"{i}.mp4", f"content {i}") for i in range(17)]
    for each in made:
        recorded.writer.begin(each, RECIPE)
        recorded.writer.know_words(each.fingerprint, WordsRecord("tiny", True))
        recorded.writer.put(each, RECIPE, [segment(FIRST)])
    recorded.store.log.clear()
    for number in (16, 1, 2):
        recorded.writer.put(made[number], RECIPE, [segment(SECOND)])
    assert recorded.log == ["add 1"] * 3
    recorded.writer.put(made[0], RECIPE, [segment(SECOND)])
    assert recorded.log == ["read sentences of content 0", "add 1"]
    recorded.writer.put(made[1], RECIPE, [segment(THIRD)])
    assert recorded.log == ["read sentences of content 1", "add 1"], "the longest held made room"


def test_words_are_known_for_a_content_before_its_pictures(recorded: Recorded, path: Path) -> None:
    recorded.writer.meet(video(path))
    assert recorded.log == ["put one", "put a.mp4"]
    assert recorded.store.video_rows["one"] == ROW
    recorded.writer.meet(video(path))
    assert recorded.log == []
    recorded.writer.meet(video(path, "two"), link=False)
    assert recorded.log == ["put two"]
    assert recorded.writer.fingerprint(path) == "one"
    recorded.writer.begin(video(path.with_name("b.mp4"), "two"), RECIPE)
    assert recorded.log == ["put b.mp4"], "the content is known"


def test_a_file_that_was_imported_is_here_when_it_is_met(recorded: Recorded, path: Path) -> None:
    recorded.writer.add_videos([FileRow(str(path), "one", 10, 20, "", True)], [ROW])
    recorded.writer.meet(video(path))
    assert recorded.writer.file(path) is not None


def test_that_its_pictures_could_not_be_read_stays_remembered(
    recorded: Recorded, path: Path
) -> None:
    recorded.writer.fail(path, "", 10, 20, "it has no picture")
    recorded.writer.meet(video(path))
    assert recorded.store.file_rows[str(path)] == FileRow(
        str(path), "one", 10, 20, "it has no picture", False
    )
    recorded.writer.meet(video(path, "two", mtime=21))
    assert recorded.store.file_rows[str(path)] == FileRow(str(path), "two", 10, 21, "", False)


# Forgetting


def test_folders_are_forgotten_with_all_in_them(recorded: Recorded, tmp_path: Path) -> None:
    for name in ("in/a.mp4", "in/deep/b.mp4", "inside/c.mp4", "d.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
        recorded.writer.begin(video(tmp_path / name, name), RECIPE)
    recorded.writer.link(tmp_path / "copy of a.mp4", "in/a.mp4", 10, 20)
    recorded.store.log.clear()
    gone = recorded.writer.forget([Path(f"{tmp_path}/in/"), tmp_path / "d.mp4"])
    assert gone == [tmp_path / "in/a.mp4", tmp_path / "in/deep/b.mp4", tmp_path / "d.mp4"]
    assert recorded.log == ["drop a.mp4 b.mp4 d.mp4", "drop d.mp4 in/deep/b.mp4"]
    assert recorded.store.file_rows.keys() == {
        str(tmp_path / name) for name in ("inside/c.mp4", "copy of a.mp4")
    }
    assert recorded.store.video_rows.keys() == {"in/a.mp4", "inside/c.mp4"}
    assert not recorded.writer.knows("d.mp4")
    assert recorded.writer.forget([tmp_path / "nowhere"]) == []
    assert recorded.log == []


@pytest.mark.parametrize("end", ["", "/", "//", "\\"])
def test_a_folder_is_its_name_whatever_slash_ends_it(
    recorded: Recorded, tmp_path: Path, end: str
) -> None:
    recorded.writer.begin(video(tmp_path / "MAX" / "a.mp4"), RECIPE)
    assert recorded.writer.forget([Path(f"{tmp_path / 'MAX'}{end}")]) == [tmp_path / "MAX/a.mp4"]


def test_with_a_content_its_words_go(recorded: Recorded, path: Path) -> None:
    made = described(recorded, path)
    record = WordsRecord("tiny", True, 30_000)
    recorded.writer.put_words("one", record, [sentence(1_000, "Hello.")])
    recorded.writer.finish_words("one", record)
    recorded.writer.forget([path])
    assert recorded.writer.words("one") is None
    recorded.writer.begin(made, RECIPE)
    recorded.writer.put(made, RECIPE, [segment(FIRST)])
    assert recorded.store.rows[-1].transcript == ""


def test_a_file_without_content_is_forgotten_too(recorded: Recorded, path: Path) -> None:
    recorded.writer.fail(path, "", 10, 20, "it is damaged")
    recorded.store.log.clear()
    assert recorded.writer.forget([path]) == [path]
    assert recorded.log == ["drop a.mp4"]


def test_windows_paths_lie_in_folders_too(recorded: Recorded) -> None:
    row = FileRow(r"C:\films\deep\a.mp4", "one", 0, 0, "", True)
    recorded.writer.add_videos([row], [ROW])
    assert recorded.writer.forget([Path(r"C:\fil")]) == []
    assert len(recorded.writer.forget([Path(r"C:\films")])) == 1


def test_tidying_is_the_stores(recorded: Recorded) -> None:
    recorded.writer.tidy()
    assert recorded.log == ["tidy"]
    recorded.writer.learn(OTHER)
    assert recorded.learnt == [OTHER]


# What is embedded


def test_each_text_is_embedded_once_and_no_text_is_nothing() -> None:
    embedder = CountingEmbedder()
    vectors = embedded(embedder, ["abc", "", "de", "abc", "  "])
    assert embedder.asked == [["abc", "de"]]
    assert vectors.tolist() == [[3, 1], [0, 0], [2, 2], [3, 1], [0, 0]]
    assert vectors.dtype == np.float32
    assert embedded(embedder, ["", " "]).tolist() == [[0, 0], [0, 0]]
    assert embedded(embedder, []).shape == (0, 2)
    assert len(embedder.asked) == 1


def row_with(text: str) -> SegmentRow:
    return SegmentRow("one", 0, 1, text, "", "", False, "")


@pytest.mark.parametrize(
    ("text", "searched", "less"),
    [
        ("A dog.", "A dog.", False),
        ("The video shows a dog.", "A dog.", True),
        ("", "", True),
        (" ", "", True),
    ],
)
def test_what_a_segment_says(text: str, searched: str, less: bool) -> None:
    assert searched_text(row_with(text)) == searched
    assert says_less(row_with(text)) is less


def test_a_window_that_says_nothing_embeds_nothing(recorded: Recorded, path: Path) -> None:
    made = video(path)
    recorded.writer.begin(made, RECIPE)
    recorded.writer.put(made, RECIPE, [segment(FIRST, "")])
    assert recorded.store.vectors == [[0, 0]]
    recorded.writer.add([])
    recorded.writer.add_sentences([])
    assert recorded.embedder.asked == []
