"""Names count in a search: alone they answer, beside a description they help a little."""

import json
import os
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from indexer.errors import RequestError
from indexer.segments import Segment
from indexer.speech.speech_ledger import SUBTITLES, WordsRecord
from indexer.speech.transcribing.sentences import Sentence
from indexer.video import Video
from indexer.windows import Window
from search import Library
from search.catalogue.hidden_videos import Changes
from search.query.filters.registry import filters_of
from search.query.options import SearchOptions
from search.ranking.sequences import Found
from tests.doubles import RECIPE
from tests.search.test_run_query import ALL, film, found, put

TREES = ("Rome", "Omas Garten")


def hear(library: Library, video: Video, said: str) -> None:
    """Keep a sentence as what is said in a video's first seconds."""
    record = WordsRecord(SUBTITLES, True, 2_000)
    with library.writing() as writer:
        writer.begin_words(video.fingerprint, record.key)
        writer.put_words(video.fingerprint, record, [Sentence(0, 2_000, said, "de")])
        writer.finish_words(video.fingerprint, record)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = Library.open(tmp_path_factory.mktemp("l") / "l", create=True, embedder="fake:256")
    put(library, film("/v/Lake Garda/GOPR0012.MP4"), "a man eats pasta", "a boat lies at a pier")
    put(library, film("/v/Lake Garda/GOPR0013.MP4"), "a puppy swims", "people stand around")
    put(
        library,
        film("/v/Geburtstag Ka\u0308the/IMG_2041.mov"),
        ("candles burn", "Alles Gute, Ka\u0308the!"),
        "people clap",
    )
    hear(library, film("/v/Geburtstag Ka\u0308the/IMG_2041.mov"), "Alles Gute, K\u00e4the!")
    put(library, film("/v/misc/puppy.mp4"), "a sofa", "a window")
    put(library, film("/v/other/x.mp4", made=0), "a man eats pasta", "a puppy swims")
    return library.folder


@pytest.fixture
def library(made: Path, tmp_path: Path) -> Library:
    return Library.open(shutil.copytree(made, tmp_path / "library"))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("GOPR0012", {"GOPR0012.MP4"}),
        ("gopr001", {"GOPR0012.MP4", "GOPR0013.MP4"}),
        ("lake garda", {"GOPR0012.MP4", "GOPR0013.MP4"}),
        ("kathe", {"IMG_2041.mov"}),
        ("Käthe", {"IMG_2041.mov"}),
        ("geburtstag", {"IMG_2041.mov"}),
        ('"lake garda"', {"GOPR0012.MP4", "GOPR0013.MP4"}),
        ('"lake garda" "boat lies"', {"GOPR0012.MP4"}),
        ('"gute kathe"', {"IMG_2041.mov"}),
    ],
)
def test_a_name_alone_answers_with_its_moments(
    library: Library, query: str, names: set[str]
) -> None:
    """With the usual level of confidence."""
    assert set(found(library, query, SearchOptions())) == names


def test_a_name_alone_is_sure(library: Library) -> None:
    moments = library.search("GOPR0012")
    assert {m.certainty for m in moments} == {"strong"}
    assert all(0 < m.score <= 1 for m in moments)


def test_a_name_helps_a_description(library: Library) -> None:
    assert found(library, "a man eats pasta garda")[0] == "GOPR0012.MP4"
    assert found(library, "a puppy swims garda")[0] == "GOPR0013.MP4"
    (first, *_) = library.search("a man eats pasta garda", 10, ALL)
    assert first.text == "a man eats pasta"


def test_a_name_does_not_drown_what_happens(library: Library) -> None:
    """What is described so comes before what is only called so."""
    names = found(library, "a puppy swims")
    assert names.index("puppy.mp4") > max(names.index("GOPR0013.MP4"), names.index("x.mp4"))
    assert found(library, "puppy")[0] != "puppy.mp4"
    assert "puppy.mp4" in found(library, "puppy")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a library of folders and of cameras' names, where much is said again and again."""
    folders = ["lake garda", "K\u00e4the Geburtstag 2024", "Omas Garten", "Ski"]
    daily = ("a boat sails", "a cake with candles", "people dance")
    dog = ("a brown dog runs on a wet beach", "a car stops")
    films = {f"{folders[n % 4]}/film {n}.mkv": daily for n in range(40)}
    films |= {f"Ski/IMG_{100 + n:04}.MOV": dog for n in range(30)}
    films |= {f"{folder}/GOPR0012.MP4": daily for folder in ("lake garda", "Ski", "Rome")}
    films["Rome/GOPR0013.MP4"] = ("a window", "a brown dog sleeps", "a red door")
    films |= {f"{folder}/IMG_0001.MOV": ("a tree", "a lamp", "a chair") for folder in TREES}
    films |= {f"films/{letter}.mp4": ("an old movie", "a man") for letter in "abcde"}
    library = Library.open(tmp_path_factory.mktemp("m") / "l", create=True, embedder="fake:256")
    record = WordsRecord(SUBTITLES, True, 2_000)
    with library.writing() as writer:
        for name, said in films.items():
            video = film(f"/v/{name}")
            windows = [Window(i * 10_000, (i + 1) * 10_000) for i in range(len(said))]
            writer.begin(video, RECIPE)
            writer.put(video, RECIPE, list(map(Segment, windows, said)))
            writer.finish(video, RECIPE)
            if said == daily:
                sentence = Sentence(0, 2_000, "Opa, schau mal her", "de")
                writer.begin_words(video.fingerprint, record.key)
                writer.put_words(video.fingerprint, record, [sentence])
                writer.finish_words(video.fingerprint, record)
    return library.folder


@pytest.fixture
def cameras(many: Path, tmp_path: Path) -> Library:
    return Library.open(shutil.copytree(many, tmp_path / "cameras"))


@pytest.mark.parametrize(
    ("bare", "whole"),
    [
        ("GOPR0012", "GOPR0012.MP4"),
        ("film 17", "film 17.mkv"),
        ("film 8", "film 8.mkv"),
        ("IMG_0001", "IMG_0001.MOV"),
        ("IMG_0001", "img_0001.mov"),
    ],
)
def test_a_file_by_its_whole_name_is_as_sure_as_can_be(
    cameras: Library, bare: str, whole: str
) -> None:
    called = {m.video.path for m in cameras.search(bare, 30)}
    assert {path.stem for path in called} == {bare}
    moments = cameras.search(whole, 30)
    assert {m.video.path for m in moments} == called
    assert moments[0].confidence >= cameras.search(bare, 1)[0].confidence - 0.01
    assert {m.certainty for m in moments} == {"strong"}


@pytest.mark.parametrize(
    "pasted",
    [
        "lake garda/GOPR0012.MP4",
        "/v/lake garda/GOPR0012.MP4",
        "./lake garda/GOPR0012.MP4",
        "lake garda\\GOPR0012.MP4",
        '"/v/lake garda/GOPR0012.MP4"',
        '"lake garda/GOPR0012.MP4"',
        "lake garda/GOPR0012",
    ],
)
def test_a_pasted_path_finds_that_video(cameras: Library, pasted: str) -> None:
    first, *others = cameras.search(pasted)
    assert first.video.path == Path("/v/lake garda/GOPR0012.MP4")
    assert first.certainty == "strong"
    assert all(m.video.path == first.video.path or m.certainty == "weak" for m in others)


@pytest.mark.parametrize("candidates", [1000, 4])
def test_a_name_alone_answers_with_all_of_its_videos_in_turn(
    cameras: Library, monkeypatch: pytest.MonkeyPatch, candidates: int
) -> None:
    """Though many others share a word of it, and one of those called so is long."""
    monkeypatch.setattr("search.candidate_lookup.CANDIDATES", candidates)
    monkeypatch.setattr("search.finder.STRETCHES", 4)
    put(cameras, film("/v/Ski/IMG_0001.MOV", 2000), *["a tree", "a lamp"] * 80)
    moments = cameras.search("IMG_0001", 500)
    assert {m.video.path.name for m in moments} == {"IMG_0001.MOV"}
    assert {m.video.path.parent.name for m in moments[:3]} == {"Ski", *TREES}
    for video in {m.video.path: m.video for m in moments}.values():
        spans = sorted((m.start_ms, m.end_ms) for m in moments if m.video.path == video.path)
        windows = cameras.segments(video.path)
        assert spans[0][0] == 0
        assert spans[-1][1] == windows[-1].window.end_ms
        assert all(start <= end for (_, end), (start, _) in pairwise(spans))
    few = cameras.search("IMG_0001", 3)
    assert {m.video.path.parent.name for m in few} == {"Ski", *TREES}


def test_a_name_lifts_its_videos_among_equals(
    cameras: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the words of the question stand in more windows than are looked at."""
    monkeypatch.setattr("search.candidate_lookup.CANDIDATES", 8)
    moments = cameras.search("kathe geburtstag 2024 candles")
    assert {m.video.path.parent.name for m in moments} == {"K\u00e4the Geburtstag 2024"}
    assert {m.text for m in moments} == {"a cake with candles"}


def test_a_name_lifts_what_is_said_in_its_videos(cameras: Library) -> None:
    found = cameras.search("omas garten schau mal her")
    assert {m.video.path.parent.name for m in found[:10]} == {"Omas Garten"}
    assert found[0].said == "Opa, schau mal her"


def test_a_name_beside_a_description_finds_what_comes_near_it_there(cameras: Library) -> None:
    """And what is described so elsewhere stays among the answers, before all else there."""
    moments = cameras.search("a brown dog runs GOPR0013", 40, ALL)
    texts = [(m.video.path.name, m.text) for m in moments]
    here = texts.index(("GOPR0013.MP4", "a brown dog sleeps"))
    assert here < 5
    elsewhere = [i for i, (_, text) in enumerate(texts) if text.startswith("a brown dog runs")]
    assert min(elsewhere) < 5
    assert texts.index(("GOPR0013.MP4", "a window")) > elsewhere[4]


def test_what_is_like_a_moment_counts_beside_a_name(cameras: Library) -> None:
    """Then the name is not all of the question."""
    moments = cameras.search("like:Rome/GOPR0013.MP4@0:15 GOPR0012", 6, ALL)
    assert any(moment.text.startswith("a brown dog runs") for moment in moments)
    assert {moment.video.path.name for moment in moments[:3]} == {"GOPR0012.MP4"}


def test_files_called_so_come_before_folders_called_alike(cameras: Library) -> None:
    names = [m.video.path.name for m in cameras.search("film", 60, ALL)]
    assert all(name.startswith("film ") for name in names[:40])
    folder = [m.video.path.parent.name for m in cameras.search("films", 5, ALL)]
    assert set(folder) == {"films"}


def test_a_stray_answer_neither_stands_high_nor_makes_others_unsure(
    cameras: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = [0.53, 0.30, 0.52, 0.5, 0.5, 0.51, 0.5, 0.42]
    answers = [
        Found(video.fingerprint, 0, 10_000, 1 - i / 10, "a boat", "", sure[i])
        for i, video in enumerate([item.video for item in cameras.listing()][: len(sure)])
    ]
    monkeypatch.setattr("search.run_query.Finder.find", lambda *_: iter(answers))
    shown = [m.confidence for m in cameras.search("a boat")]
    assert shown == [0.53, 0.52, 0.5, 0.5, 0.5, 0.5, 0.42, 0.3]
    assert [m.confidence for m in cameras.search("a boat", 3)] == shown[:3]


def test_names_are_found_beyond_the_candidates(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a video that is named windows are looked at though a thousand others are nearer."""
    put(library, film("/v/many.mp4", 2000), *["garda garda"] * 150)
    monkeypatch.setattr("search.candidate_lookup.CANDIDATES", 20)
    assert {"GOPR0012.MP4", "GOPR0013.MP4"} <= set(found(library, "lake garda"))


def test_a_filter_bounds_names_too(library: Library) -> None:
    assert set(found(library, "garda not-in:GOPR0012*", SearchOptions())) == {"GOPR0013.MP4"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("in:lake", ["GOPR0012.MP4", "GOPR0013.MP4"]),
        ("in:arda", ["GOPR0012.MP4", "GOPR0013.MP4"]),
        ("in:KATHE", ["IMG_2041.mov"]),
        ("in:käthe", ["IMG_2041.mov"]),
        ("in:/v/misc", ["puppy.mp4"]),
        ("in:/v/mis", []),
        ("in:*.mov", ["IMG_2041.mov"]),
        ("in:garda/gopr0012", ["GOPR0012.MP4"]),
    ],
)
def test_in_takes_part_of_a_name_any_folder_or_a_pattern(
    library: Library, query: str, names: list[str]
) -> None:
    assert sorted(found(library, query)) == names
    assert set(found(library, f"people {query}")) <= set(names)


def test_filters_alone_list_the_newest_first(library: Library) -> None:
    put(library, film("/v/new/n.mp4", 30, 1.8e9), "a start", "an end")
    put(library, replace(film("/v/new/o.mp4", 30), recorded_ms=1_750_000_000_000), "o")
    moments = library.search("after:2024-01", 10)
    assert [m.video.path.name for m in moments][:2] == ["n.mp4", "o.mp4"]
    assert (moments[0].start_ms, moments[0].end_ms, moments[0].text) == (0, 30_000, "a start")
    assert len(moments) == 6
    assert len(library.search("after:2024-01", 3)) == 3
    options = SearchOptions(filters_of({"in": ["new"]}), sort="time")
    assert found(library, "", options) == ["o.mp4", "n.mp4"]


def test_filters_that_no_video_passes_are_told(library: Library) -> None:
    told = library.passing("puppy in:lkae min-length:10s")
    assert (told.passing, told.videos, told.blocking) == (0, 5, ("in:lkae",))
    assert library.passing("in:garda in:misc").blocking == ()
    assert library.passing("in:garda").passing == 2


def test_accents_count_neither_in_the_query_nor_in_what_is_said(library: Library) -> None:
    """Also where a subtitle has them as characters of their own."""
    put(library, film("/v/y/z.mp4"), ("b c", "Re\u0301sume\u0301 de la fête à Göttingen"))
    asked = ("resume gottingen", "Résumé", "re\u0301sume\u0301", "fete", '"resume de la fete"')
    for query in asked:
        assert found(library, query)[:1] == ["z.mp4"], query
    put(library, film("/v/y/cake.mp4"), ("b c", "Tante Bäume"))
    assert [found(library, f'"{word}"') for word in ("baume", "Bäume")] == [["cake.mp4"]] * 2
    assert found(library, "baume")[0] == "cake.mp4"


def test_text_is_kept_composed_and_imported_once(library: Library, tmp_path: Path) -> None:
    from search.exchange.descriptions import from_lines

    line = json.dumps(
        {"video": "/w/a.mp4", "duration": 10, "start": 0, "end": 10, "text": "une e\u0301cole"}
    )
    assert library.take_in(from_lines([line], tmp_path)) == 1
    assert library.take_in(from_lines([line], tmp_path)) == 0
    assert library.segments("/w/a.mp4")[0].text == "une école"


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["/v/misc/puppy.mp4"], ["puppy.mp4"]),
        (["/v/Lake Garda"], ["GOPR0012.MP4", "GOPR0013.MP4"]),
        (["gopr0013.mp4"], ["GOPR0013.MP4"]),
        (["lake garda"], ["GOPR0012.MP4", "GOPR0013.MP4"]),
        (["*.mov"], ["IMG_2041.mov"]),
        (["garda"], ["GOPR0012.MP4", "GOPR0013.MP4"]),
        (["in:kathe"], ["IMG_2041.mov"]),
        (["in:lake garda"], ["GOPR0012.MP4", "GOPR0013.MP4"]),
        (["puppy.mp4", "misc"], ["puppy.mp4"]),
        (["lake garda", "in:0013"], ["GOPR0013.MP4"]),
        (["before:2000"], ["x.mp4"]),
    ],
)
def test_a_video_is_meant_by_path_folder_name_pattern_or_filter(
    library: Library, names: list[str], chosen: list[str]
) -> None:
    put(library, film("/v/other/old.mp4", made=10**8), "old")
    if names == ["before:2000"]:
        chosen = ["old.mp4"]  # no date is known of the other one
    assert [video.path.name for video in library.choose(names)] == chosen


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("GOPR0021.MP4", "did you mean GOPR001"),
        ("nothing at all", "`scenelist list` shows"),
        ("", "`scenelist list` shows"),
        ("in:nowhere", "No video passes in:nowhere"),
        ("inn:lake", "did you mean in:"),
    ],
)
def test_what_is_not_there_is_told_with_a_remedy(library: Library, name: str, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        library.choose([name])


def test_to_forget_takes_more_than_part_of_a_name(library: Library) -> None:
    with pytest.raises(RequestError, match="write in:garda"):
        library.choose(["garda"], in_part=False)
    assert len(library.choose(["in:garda"], in_part=False)) == 2


def test_a_file_that_is_here_but_not_in_the_library_is_to_be_indexed(
    library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "new.mp4"
    path.touch()
    with pytest.raises(RequestError, match="run `scenelist index"):
        library.segments(path)
    with pytest.raises(RequestError, match="run `scenelist index"):
        library.choose([str(path)])


def test_what_an_ignore_file_names_later_is_hidden_until_it_does_no_more(
    library: Library, tmp_path: Path
) -> None:
    kept, private = tmp_path / "films/kept.mp4", tmp_path / "films/private/secret.mp4"
    for path in (kept, private):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        put(library, replace(film(str(path)), fingerprint=path.name), "a zeppelin lands")
    assert sorted(found(library, "zeppelin")) == ["kept.mp4", "secret.mp4"]

    ignore = tmp_path / "films/.scenelistignore"
    ignore.write_text("private/\n")
    with library.writing():
        assert library.hide([tmp_path / "films"]) == Changes([(ignore, 1)], 0)
        assert library.hide([tmp_path / "films"]) == Changes([], 0)
    other = Library.open(library.folder)
    for reader in (library, other):
        assert found(reader, "zeppelin") == ["kept.mp4"]
        assert found(reader, "secret") == []
        assert found(reader, "in:films") == ["kept.mp4"]
    states = {item.video.path.name: item.state for item in library.listing()}
    assert states["secret.mp4"] == "hidden"
    assert len(library.segments(private)) == 1
    assert str(private) in {str(one.video) for one in library.export()}

    ignore.write_text("")
    with library.writing():
        assert library.hide([tmp_path / "elsewhere"]) == Changes([], 0)
        assert found(library, "zeppelin") == ["kept.mp4"]
        assert library.hide([tmp_path / "films"]) == Changes([], 1)
        assert library.hide([tmp_path / "films"]) == Changes([], 0)
    assert sorted(found(library, "zeppelin")) == ["kept.mp4", "secret.mp4"]


def test_a_copy_that_no_ignore_file_names_is_found(library: Library, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films/.scenelistignore").write_text("*.mp4\n")
    put(library, replace(film(str(tmp_path / "films/a.mp4")), fingerprint="a"), "a zeppelin")
    with library.writing() as writer:
        writer.link(Path(os.devnull), "a", 1, 1)
        library.hide([tmp_path / "films"])
    assert [m.video.path for m in library.search("zeppelin", 10, ALL)] == [Path(os.devnull)]
    assert RECIPE.key in library.manifest.recipes
