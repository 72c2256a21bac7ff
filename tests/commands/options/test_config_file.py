"""The config file: defaults for options, the order of who wins, and mistakes with their line."""

import json
from pathlib import Path

import pytest

from tests.command import Run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"  # where the fixture `run` has SCENELIST_CONFIG point


def moments(out: str) -> int:
    return len(json.loads(out)["moments"])


def test_the_file_gives_defaults_and_the_command_line_wins(indexed: Run, config: Path) -> None:
    asked = ("search", "a picture", "--json", "--min-confidence", "0")
    everything = moments(indexed(*asked).out)
    assert everything > 1
    config.write_text("[search]\nlimit = 1\n", "utf-8")
    assert moments(indexed(*asked).out) == 1
    assert moments(indexed(*asked, "--limit", "2").out) == min(2, everything)


def test_a_setting_before_all_tables_is_for_every_command_that_has_it(
    indexed: Run, config: Path
) -> None:
    config.write_text("limit = 3\n[search]\nlimit = 1\n", "utf-8")
    told = json.loads(indexed("config", "--json").out)["settings"]
    limits = {
        row["option"]: (row["value"], row["from"]) for row in told if "limit" in row["option"]
    }
    assert limits["search --limit"] == (1, "file, line 3")


def test_the_environment_wins_over_the_file(run: Run, config: Path, tmp_path: Path) -> None:
    config.write_text(f'library = "{tmp_path / "of-the-file"}"\noffline = true\n', "utf-8")
    told = json.loads(run("config", "--json").out)["settings"]
    before = {row["option"]: (row["value"], row["from"]) for row in told}
    assert before["--library"] == (str(tmp_path / "library"), "environment, SCENELIST_LIBRARY")
    assert before["--offline"] == (True, "file")


def test_the_library_may_be_said_in_the_file(
    run: Run, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SCENELIST_LIBRARY")
    config.write_text(f'library = "{tmp_path / "of-the-file"}"\n', "utf-8")
    assert str(tmp_path / "of-the-file") in run("status").err


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[search]\n\nlimt = 2\n", 3, "did you mean limit?"),
        ("limt = 2\n", 1, "did you mean limit?"),
        ("[serch]\nlimit = 2\n", 1, "did you mean search?"),
        ("[search]\nlimit = 'many'\n", 2, "limit"),
        ("[search]\nlimit = 0\n", 2, "limit"),
        ("[search]\nplay = 'yes'\n", 2, "true or false"),
        ("[search]\nlimit = true\n", 2, "limit cannot be true"),
        ("[search]\nlimit = \n", 2, ""),
        ("x = [\n", 1, ""),
    ],
)
def test_a_mistake_is_one_sentence_with_its_line(
    run: Run, config: Path, text: str, line: int, said: str
) -> None:
    config.write_text(text, "utf-8")
    done = run("search", "a dog")
    assert done.status == 2
    assert f"config.toml, line {line}: " in done.err
    assert said in done.err
    assert done.err.count("\n") == 1


def test_the_example_is_a_file_that_holds(run: Run, config: Path) -> None:
    lines = run("config", "--example").out.splitlines()[1:]
    config.write_text("\n".join(line.removeprefix("# ") for line in lines), "utf-8")
    done = run("config", "search", "--json")
    assert done.status == 0, done.err


def test_a_mistyped_command_is_told_which_was_meant(run: Run) -> None:
    done = run("serch", "a dog")
    assert done.status == 2
    assert "did you mean search?" in done.err
