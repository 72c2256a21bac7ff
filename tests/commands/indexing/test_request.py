"""What is asked of `scenelist index` is sorted out, and what cannot be asked together refused."""

from dataclasses import fields
from datetime import datetime
from pathlib import Path

import click
import pytest

from commands.index import command
from commands.indexing.request import IndexRequest, asked_of, check, ending_of, stopping_of
from commands.options.global_settings import Settings
from indexer.errors import RequestError
from search.recipe_choice import Wishes


def read(*arguments: str) -> IndexRequest:
    """Return what a command line asks for."""
    context = command.make_context("index", ["films", *arguments])
    return asked_of(context.params)


def test_every_option_is_one_of_the_run_or_one_of_how_to_describe() -> None:
    options = {param.name for param in command.params if isinstance(param, click.Parameter)}
    run = {field.name for field in fields(IndexRequest)} - {"described"}
    describing = {field.name for field in fields(Wishes)} - {"servers", "server_key"}
    assert options == run | describing
    assert not run & describing


def test_options_keep_their_values() -> None:
    asked = read("--model", "toy", "--window", "5", "--retry", "--exclude", "a*", "--exclude", "b")
    assert asked.wish() == Wishes("toy", 5.0)
    assert (asked.paths, asked.retry, asked.exclude) == ((Path("films"),), True, ("a*", "b"))
    assert asked.named == {Path("films").absolute()}
    heard = read("--speech", "tiny", "--language", "de", "--audio-track", "2").speech_flags
    assert (heard.speech, heard.language, heard.audio_track) == ("tiny", "de", "2")


@pytest.mark.parametrize(
    ("arguments", "offline", "sentence"),
    [
        (["--subtitles", "de", "--no-subtitles"], False, "not both"),
        (["--subtitles", "d!"], False, "names no language"),
        (["--ray-map", "/a=/b"], False, "give --ray ADDRESS too"),
        (["--server", "http://one", "--ray", "local"], False, "give --ray or --server"),
        (["--ray", "auto"], True, "leave --offline out"),
    ],
)
def test_what_does_not_go_together(arguments: list[str], offline: bool, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        check(read(*arguments), Settings(Path("library"), offline))


@pytest.mark.parametrize("arguments", [[], ["--subtitles", "pt-BR"], ["--ray", "local"]])
def test_what_does(arguments: list[str]) -> None:
    check(read(*arguments), Settings(Path("library"), True))


def test_the_sooner_of_two_times_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    now, now_s = datetime(2024, 5, 12, 5, 0), 1_000.0
    monkeypatch.setattr("commands.indexing.request.monotonic", lambda: now_s)

    def at_s(*options: str) -> float | None:
        asked = read(*options)
        return stopping_of(asked, ending_of(asked, now)).at_s

    assert at_s() is None
    assert at_s("--for", "90m") == now_s + 5_400
    assert at_s("--for", "6h", "--until", "07:00") == now_s + 7_200
    assert stopping_of(read(), None).on_battery is None
    assert stopping_of(read("--on-battery", "stop"), None).on_battery is not None
