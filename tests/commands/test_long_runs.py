"""Runs that take more than a night: a quick pass first, an end by themselves, news for others."""

import json
import os
import re
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from commands.terminal.run_line import lasting, line_of, of_video
from indexer.pipeline.stopping import Stopping
from search.library import Library
from search.run_status import Running, ended, running_in, tell
from tests.command import FAKE, Run, one_sentence
from tests.media import render, steady


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("long") / "film.mp4", steady(65))


def spans(run: Run, film: Path) -> list[tuple[float, float]]:
    return [(s["start"], s["end"]) for s in json.loads(run("show", film, "--json").out)["segments"]]


def test_a_quick_pass_comes_first_and_is_refined(run: Run, film: Path) -> None:
    outcome = run("index", film, *FAKE, "--quick", "--quick-every", "30s", "--json")
    assert outcome.status == 0, outcome.err
    assert json.loads(outcome.out)["segments"] == 7, "the summary is that of the full pass"
    assert json.loads(outcome.out)["first_looks"] == 1
    assert (
        "The quick pass took a first look at 1 video: 2 windows, from 1:05 of video" in outcome.err
    )
    assert spans(run, film)[-1] == (60, 65)
    again = run("index", film, "--quick", "--quick-every", "30s", "--json")
    assert json.loads(again.out)["unchanged"] == 1
    assert "quick pass" not in again.err, "there was nothing to look at"
    assert len(spans(run, film)) == 7
    assert json.loads(run("status", "--json").out)["first_look_only"] == 0


def test_a_run_that_is_over_after_the_quick_pass_leaves_a_searchable_library(
    run: Run, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reason(stopping: Stopping) -> str:
        return "its time is over" if stopping.at_s and len(list_segments()) == 2 else ""

    def list_segments() -> list[object]:
        known = Library.open(os.environ["SCENELIST_LIBRARY"])
        return list(known.segments(film)) if film in known.paths() else []

    monkeypatch.setattr(Stopping, "reason", reason)
    asked = ("index", film, *FAKE, "--quick", "--quick-every", "30s", "--for", "1h", "--json")
    outcome = run(*asked)
    assert outcome.status == 0
    summary = json.loads(outcome.out)
    assert (summary["first_looks"], summary["indexed"], summary["segments"]) == (1, 0, 2)
    assert (summary["video_seconds"], summary["stopped"]) == (65, "its time is over")
    assert spans(run, film) == [(10, 20), (40, 50)]
    assert run("search", "grey picture").status == 0
    said = run("status").out
    assert "Files:    1 (1 first look)" in said
    assert "Quick:    1 video not yet described in full" in said
    assert json.loads(run("status", "--json").out)["states"] == {"first look": 1}
    assert "first look" in run("list").out
    listed = json.loads(run("list", "--state", "first look", "--json").out)
    assert [video["state"] for video in listed] == ["first look"]
    assert run("list", "--state", "described").status == 1
    assert run("index", film, *FAKE).status == 0
    assert json.loads(run("status", "--json").out)["states"] == {"described": 1}


def test_copies_are_copies_in_both_passes_and_failures_are_told_once(
    run: Run, film: Path, tmp_path: Path
) -> None:
    films = tmp_path / "films"
    films.mkdir()
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(film, films / name)
    (films / "bad.mp4").write_bytes(b"no video")
    outcome = run("index", films, *FAKE, "--quick", "--quick-every", "30s", "--json")
    summary = json.loads(outcome.out)
    assert [summary[key] for key in ("indexed", "copies", "unchanged", "first_looks")] == [
        *(1, 1, 0, 1)
    ]
    assert outcome.err.count("bad.mp4") == 1
    assert outcome.err.count("A quick pass first") == 1
    again = json.loads(run("index", films, *FAKE, "--quick", "--json").out)
    assert [again[key] for key in ("indexed", "copies", "unchanged", "first_looks")] == [0, 0, 2, 0]


def test_a_run_stops_when_its_time_is_over_and_the_same_command_goes_on(
    run: Run, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hasty:
        hasty.setattr("commands.indexing.request.length_ms", lambda text: 1)
        outcome = run("index", film, *FAKE, "--for", "1h", "--json")
    assert outcome.status == 0
    summary = json.loads(outcome.out)
    assert (summary["segments"], summary["stopped"]) == (0, "its time is over")
    assert "the same command goes on" in outcome.err
    done = json.loads(run("index", film, "--for", "1h", "--json").out)
    assert (done["segments"], done["stopped"]) == (7, None)


def test_a_run_stops_without_mains(run: Run, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.indexing.request.on_battery", lambda: True)
    stopped = json.loads(run("index", film, *FAKE, "--on-battery", "stop", "--json").out)
    assert stopped["stopped"] == "the machine runs on its battery"
    assert json.loads(run("index", film, *FAKE, "--json").out)["stopped"] is None


def test_what_was_described_before_a_run_stopped_is_kept(
    run: Run, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged = iter([False] * 5)
    monkeypatch.setattr("indexer.pipeline.stopping._BATTERY_EVERY_S", 0.0)
    monkeypatch.setattr("commands.indexing.request.on_battery", lambda: next(plugged, True))
    one_by_one = ("index", film, *FAKE, "--batch-size", "1", "--json")
    first = json.loads(run(*one_by_one, "--on-battery", "stop").out)
    assert first["stopped"]
    assert 0 < first["segments"] < 7
    assert len(spans(run, film)) == first["segments"]
    assert json.loads(run(*one_by_one).out)["segments"] == 7 - first["segments"]
    assert len(spans(run, film)) == 7


def test_what_was_begun_in_full_is_not_looked_at_quickly(
    run: Run, film: Path, tmp_path: Path
) -> None:
    """A quick pass that took its place would drop what is there."""
    assert run("index", film, *FAKE).status == 0
    copied = shutil.copy(film, tmp_path / "copy.mp4")
    outcome = run("index", copied, *FAKE, "--quick", "--quick-every", "30s", "--json")
    assert json.loads(outcome.out)["copies"] == 1
    assert len(spans(run, film)) == 7


@pytest.mark.parametrize(
    "flags",
    [
        ("--for", "soon"),
        ("--for", "0"),
        ("--for", ""),
        ("--until", "noon"),
        ("--until", ""),
        ("--quick", "--quick-every", "5s"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_sentence(run: Run, film: Path, flags: tuple[str, ...]) -> None:
    outcome = run("index", film, *FAKE, *flags)
    assert outcome.status == 2
    assert one_sentence(outcome.err), outcome.err


def test_when_a_run_stops_is_said_first(run: Run, film: Path) -> None:
    said = run("index", film, *FAKE, "--for", "3600").err.splitlines()[0]
    assert re.fullmatch(r"Stops (tomorrow )?at \d\d:\d\d, in 1 h \(--for 3600\)\.", said)
    gone = datetime.now() - timedelta(minutes=2)
    said = run("index", film, "--until", f"{gone:%H:%M}", "--speech", "off").err.splitlines()[0]
    assert re.fullmatch(r"Stops .*at \d\d:\d\d, in 23 h 5\d min \(--until \d\d:\d\d\)\.", said)


def test_a_dry_run_says_when_it_would_stop_and_how_much_fits(run: Run, film: Path) -> None:
    told = run("index", film, *FAKE, "--for", "9h", "--dry-run").out
    assert "all of that fits" in told and "It would stop" in told
    facts = json.loads(run("index", film, *FAKE, "--for", "9h", "--dry-run", "--json").out)
    assert (facts["stops_in_seconds"], facts["fits"]) == (9 * 3600, [1.0, 1.0])


def test_a_dry_run_says_which_pass_it_is_about(run: Run, film: Path) -> None:
    quick = ("index", film, *FAKE, "--quick", "--quick-every", "30s")
    told = run(*quick, "--dry-run").out
    assert told.startswith("The quick pass would describe 1 video: 1:05 in about 2 windows")
    assert run(*quick).status == 0
    assert run(*quick, "--dry-run").out == "Would describe 0 videos; 1 unchanged.\n"


FAR = Running(3, 40, 900, 5 * 3_600_000, 1_995 * 3_600_000, 3.5 * 86_400, True, 1.8, "lake.mp4")


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (68, "3/40 files · 3.5 days left · 5.0 h done, 1,995 h to go · lake.mp4"),
        (60, "3/40 files · 3.5 days left · 5.0 h of 2,000 h · lake.mp4"),
        (50, "3/40 · 3.5 days left · 5.0 h of 2,000 h · lake.mp4"),
        (48, "3/40 files · 3.5 days left · lake.mp4"),
        (28, "3/40 files · lake.mp4"),
        (16, "3/40 files · la…"),
    ],
)
def test_a_narrow_line_keeps_the_name(room: int, words: str) -> None:
    assert line_of(FAR, " · 12 sentences", room) == words


def test_a_long_name_takes_the_room_there_is() -> None:
    far = replace(FAR, name="2019-07-23 lake garda, the boat.mp4")
    assert line_of(far, room=48) == "3/40 files · 3.5 days left · 2019-07-23 lake ga…"
    assert line_of(far, room=68) == (
        "3/40 files · 3.5 days left · 5.0 h of 2,000 h · 2019-07-23 lake gar…"
    )


def test_the_line_of_a_run_says_days_and_hours() -> None:
    assert line_of(FAR) == (
        "3/40 files · 3.5 days left · 5.0 h done, 1,995 h to go · lake.mp4 · 1.8x real time"
    )
    assert (lasting(40_000), of_video(90_000)) == ("11:06:40", "1:30")
    assert lasting(0.2) == "0:01", "what is not over yet takes some time"


def test_a_guess_is_marked_as_one() -> None:
    told = line_of(replace(FAR, sure=False))
    assert told.startswith("3/40 files · ~3.5 days left · 5.0 h done, ~1,995 h to go · lake.mp4")


def test_status_says_how_far_a_run_elsewhere_is(indexed: Run) -> None:
    library = Path(os.environ["SCENELIST_LIBRARY"])
    assert "Running" not in indexed("status").out
    tell(library, FAR)
    assert "Running:  3/40 files · 3.5 days left" in indexed("status").out
    assert json.loads(indexed("status", "--json").out)["running"]["name"] == "lake.mp4"
    facts = json.loads((library / "running.json").read_text())
    (library / "running.json").write_text(json.dumps({**facts, "pid": 2**22 + 1}))
    assert running_in(library) is None, "its process is no more"
    (library / "running.json").write_text(json.dumps({**facts, "host": "nas"}))
    assert running_in(library) == FAR
    (library / "running.json").write_text(json.dumps({**facts, "host": "nas", "told_s": 1}))
    assert running_in(library) is None, "it has been silent for long"
    ended(library)
    assert running_in(library) is None


def test_a_run_leaves_no_news_behind(indexed: Run) -> None:
    assert not (Path(os.environ["SCENELIST_LIBRARY"]) / "running.json").exists()
