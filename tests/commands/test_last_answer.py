"""The last answer: played by number, gone on with, and never in the current folder."""

import json
import os
from pathlib import Path

import pytest
from lxml import etree

from indexer.errors import RequestError
from playlist.last_answer import numbers
from tests.command import Run, one_sentence


def data(name: str) -> Path:
    return Path(os.environ["SCENELIST_DATA"]) / name


def starts(path: Path) -> list[str]:
    return [
        node.text.removeprefix("start-time=")
        for node in etree.parse(path).iter("{*}option")
        if node.text.startswith("start-time=")
    ]


@pytest.fixture
def asked(run: Run, tmp_path: Path, videos: Path) -> Run:
    """Return the command line after a question with seven answers, of which three were shown."""
    words = ["dog", "red dog", "a dog there", "one dog", "two dogs", "dog dog", "dog at last"]
    lines = [
        {"video": str(videos / "one.mp4"), "duration": 25, "start": 3 * n, "end": 3 * n + 1}
        | {"text": text}
        for n, text in enumerate(words)
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert run("import", tmp_path / "in.jsonl", "--embedder", "fake:").status == 0
    assert run("search", "dog", "--limit", "3", "--min-confidence", "0").status == 0
    return run


def test_nothing_is_dropped_into_the_current_folder(asked: Run) -> None:
    assert list(Path().iterdir()) == []
    assert len(starts(data("last.xspf"))) == 3


def test_a_moment_is_played_by_its_number(asked: Run) -> None:
    everything = starts(data("last.xspf"))
    assert asked("play", "3", "1", "-o", "p.xspf").status == 0
    assert starts(Path("p.xspf")) == [everything[2], everything[0]]
    assert asked("play", "1-2", "-o", "p.xspf").status == 0
    assert starts(Path("p.xspf")) == everything[:2]


def test_play_opens_the_player_with_just_that(
    asked: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[tuple[Path, str, bool]] = []
    monkeypatch.setattr("commands.options.delivery.choose", lambda *_, **__: "vlc")
    monkeypatch.setattr(
        "commands.options.delivery.play",
        lambda path, name, *, enqueue: opened.append((path, name, enqueue)),
    )
    third = starts(data("last.xspf"))[2]
    outcome = asked("play", "3")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    assert opened == [(data("last.xspf"), "vlc", False)]
    assert starts(data("last.xspf")) == [third]


def test_more_goes_on_where_the_answer_ended(asked: Run) -> None:
    shown = asked("search", "dog", "--limit", "7", "--min-confidence", "0").out.splitlines()
    assert asked("search", "dog", "--limit", "3", "--min-confidence", "0").out.splitlines() == [
        *shown[:3]
    ]
    assert asked("more").out.splitlines() == shown[3:6]
    assert asked("more").out.splitlines() == shown[6:]
    end = asked("more")
    assert (end.status, end.out) == (1, "")
    assert one_sentence(end.err)
    assert [line.split("\t")[0] for line in shown] == list("1234567")
    assert asked("play", "7", "-o", "p.xspf").status == 0
    assert len(starts(Path("p.xspf"))) == 1


def test_what_cannot_be_played_is_said(asked: Run) -> None:
    for which in ("0", "4", "2-9", "x", "3-1", "1-", "²"):
        outcome = asked("play", which)
        assert outcome.status == 2
        assert one_sentence(outcome.err), outcome.err


def test_without_an_answer_there_is_nothing_to_play(asked: Run) -> None:
    assert asked("search", "zebra").status == 1
    assert not data("last.xspf").exists()
    for command in ("play", "more"):
        outcome = asked(command)
        assert outcome.status == 2
        assert outcome.err == (
            "Error: The last question, 'zebra', has no answer: ask `scenelist search` another.\n"
        )
    assert asked("search", "dog", "--json").status == 0
    assert asked("play").status == 2, "a program's question is not the person's"


def test_a_damaged_record_is_no_answer(asked: Run) -> None:
    data("last.json").write_text('{"title": "x"}')
    assert one_sentence(asked("play").err)


def test_numbers_are_read_in_the_order_given() -> None:
    assert numbers(["3", "1-2,3"]) == [3, 1, 2]
    with pytest.raises(RequestError):
        numbers(["1,,2"])


def test_what_is_new_in_saved_searches_is_numbered_too(asked: Run) -> None:
    for name, query in (("dogs", "red dog"), ("two", "two dogs")):
        assert asked("save", name, query).status == 0
    lines = asked("saved", "--new").out.splitlines()
    told = [line.split("\t")[0] for line in lines if not line.startswith("@")]
    assert told == [str(number) for number in range(1, len(told) + 1)]
    assert len(told) >= 2
    assert asked("play", str(len(told)), "-o", "p.xspf").status == 0
    outcome = asked("more")
    assert (outcome.status, one_sentence(outcome.err)) == (1, True)
