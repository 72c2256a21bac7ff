"""Answers on a terminal: two lines each at any width, and nothing in them that steers it."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from commands.terminal.answers import answer_lines, places
from indexer.video import Video
from indexer.windows import Window
from search.ranking.confidence import stems
from search.ranking.moments import Check, Moment

MAY_2024 = 1_715_515_200_000  # noon on 12 May 2024, UTC


def video(path: str, recorded_ms: int = MAY_2024) -> Video:
    span = Window(0, 7_500_000)
    return Video(Path(path), "f", 1, 0, 7_500_000, span, 64, 48, recorded_ms=recorded_ms)


def moment(path: str, text: str, said: str = "", start_s: int = 750) -> Moment:
    times = start_s * 1000, start_s * 1000 + 20_000
    return Moment(video(path), *times, 0.4, text, said, 0.71)


ODD = [
    moment("/v/a dog.mp4", "A dog runs."),
    moment("/v/" + "long name " * 20 + ".mp4", "A dog " * 80, "good dog " * 40),
    moment("/v/東京の夏祭り" + "夏" * 60 + ".mp4", "人々が踊る。" * 40, "犬" * 90, 4_000),
    moment("/v/GOPR0012.MP4", "", "only said"),
    moment("/w/GOPR0012.MP4", "\x1b[31mred\x1b[0m\n\u202eevil"),
]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_ten_answers_fit_a_screen(width: int) -> None:
    answers = answer_lines(ODD * 2, stems("a dog"), 1, width)
    lines = [line for lines in answers for line in lines]
    assert len(lines) == 20
    assert all(cell_len(line.plain) <= width for line in lines), [
        line.plain for line in lines if cell_len(line.plain) > width
    ]
    assert not any(c in line.plain for line in lines for c in "\x1b\n\u202e")
    assert [lines[0].plain[:2] for lines in answers] == [f"{n:2d}" for n in range(1, 11)]


def test_an_answer_says_when_how_sure_where_and_what() -> None:
    (head, words), *_ = answer_lines(
        [moment("/v/lake.mp4", "Two dogs run.", "good boy")], stems("a dog"), 3, 80
    )
    assert head.plain == " 3  12:30–12:50  strong 0.71  lake.mp4  missing"
    assert words.plain == "    seen: Two dogs run.  said: good boy"
    assert [words.plain[s.start : s.end] for s in words.spans if "bold" in str(s.style)] == ["dogs"]


@pytest.mark.parametrize(("sure", "shown"), [(0.4999, "weak   0.49"), (0.5, "strong 0.50")])
def test_the_number_goes_with_the_word(sure: float, shown: str) -> None:
    ((head, _),) = answer_lines(
        [replace(moment("/v/a.mp4", "x"), confidence=sure)], frozenset(), 1, 80
    )
    assert shown in head.plain


def test_where_nothing_is_said_there_are_no_labels() -> None:
    ((_, words),) = answer_lines([moment("/v/lake.mp4", "Two dogs run.")], frozenset(), 1, 80)
    assert words.plain == "    Two dogs run."


def test_long_words_are_shown_around_what_matches() -> None:
    text = "A man stands at a wall and looks at the clouds for a while, then a dog runs past him."
    ((_, words),) = answer_lines([moment("/v/a.mp4", text)], stems("dogs"), 1, 50)
    assert "dog" in words.plain
    assert words.plain.strip().startswith("…")


def test_folder_and_date_are_told_where_the_name_does_not_tell() -> None:
    videos = [
        video("/v/2023/lake/walk.mp4"),
        video("/v/2024/lake/walk.mp4"),
        video("/v/2024/lake/anna blows out the candles.mp4"),
        video("/v/2024/lake/GOPR0012.MP4"),
        video("/v/2024/lake/VID_20240512_1.mp4", recorded_ms=0),
        video("/v/2024/lake/rex.mp4"),
    ]
    told = {path.as_posix(): place for path, place in places(videos).items()}
    assert {path: Path(place.split(",")[0]).as_posix() for path, place in told.items()} == {
        "/v/2023/lake/walk.mp4": "2023/lake",
        "/v/2024/lake/walk.mp4": "2024/lake",
        "/v/2024/lake/GOPR0012.MP4": "lake",
        "/v/2024/lake/VID_20240512_1.mp4": "lake",
    }
    assert told["/v/2024/lake/GOPR0012.MP4"].endswith(", 2024-05-12")
    assert "," not in told["/v/2024/lake/VID_20240512_1.mp4"]


def test_neighbours_that_were_asked_for_have_lines_of_their_own() -> None:
    between = replace(moment("/v/a.mp4", "now"), before=("earlier",), after=("later",))
    ((_, *lines),) = answer_lines([between], frozenset(), 1, 60)
    assert [line.plain.strip() for line in lines] == ["before: earlier", "now", "after: later"]


def test_videos_that_filters_list_have_dates_and_are_not_judged() -> None:
    listed = [
        replace(moment(f"/v/{name}", "x"), listed=True, confidence=1.0)
        for name in ("GOPR0012.MP4", "lake.mp4")
    ]
    heads = [head.plain for head, _ in answer_lines(listed, frozenset(), 1, 80)]
    assert heads == [
        " 1  12:30–12:50  2024-05-12  GOPR0012.MP4  missing, v",
        " 2  12:30–12:50  2024-05-12  lake.mp4  missing",
    ]
    undated = replace(listed[1], video=video("/v/lake.mp4", 0))
    (_, _), (head, _) = answer_lines([listed[0], undated], frozenset(), 1, 80)
    assert head.plain == " 2  12:30–12:50              lake.mp4  missing"
    ((head, _),) = answer_lines([undated], frozenset(), 1, 80)
    assert head.plain == " 1  12:30–12:50  lake.mp4  missing"


def test_what_the_model_said_when_it_looked_again_stands_where_it_counts() -> None:
    answers = [
        replace(moment("/v/a.mp4", "x"), check=Check(verified, probability))
        for verified, probability in ((True, 0.97), (False, 0.03), (None, None))
    ]
    heads = [head.plain for head, _ in answer_lines(answers, frozenset(), 1, 80)]
    assert [head[17:30] for head in heads] == ["✓ 97 %       ", "✗ 3 %        ", "strong 0.71  "]


def test_a_name_that_matches_stands_out() -> None:
    ((head, _),) = answer_lines([moment("/v/lake.mp4", "x")], stems("lake"), 1, 80)
    assert [head.plain[s.start : s.end] for s in head.spans if s.style == "underline"] == ["lake"]


def test_a_file_that_is_there_is_not_called_missing(tmp_path: Path) -> None:
    there = tmp_path / "lake.mp4"
    there.touch()
    ((head, _),) = answer_lines([moment(str(there), "x")], frozenset(), 1, 80)
    assert head.plain.endswith("  lake.mp4")
