"""Runs that take more than a night: a quick pass first, an end by themselves, news for others."""

import json
import os
import shutil
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
    assert "Indexed 1 video: 2 windows" in outcome.err
    assert spans(run, film)[-1] == (60, 65)
    again = run("index", film, "--quick", "--quick-every", "30s", "--json")
    assert json.loads(again.out)["unchanged"] == 1
    assert "Indexed 0 videos: 0 windows, 1 unchanged" in again.err
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
    outcome = run("index", film, *FAKE, "--quick", "--quick-every", "30s", "--for", "1h")
    assert outcome.status == 0
    assert spans(run, film) == [(10, 20), (40, 50)]
    assert run("search", "grey picture").status == 0
    assert "Quick:    1 video not yet described in full" in run("status").out


def test_a_run_stops_when_its_time_is_over_and_the_same_command_goes_on(
    run: Run, film: Path
) -> None:
    outcome = run("index", film, *FAKE, "--for", "0s", "--json")
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
    assert json.loads(outcome.out)["unchanged"] == 1
    assert len(spans(run, film)) == 7


@pytest.mark.parametrize(
    "flags",
    [("--for", "soon"), ("--until", "noon"), ("--quick", "--quick-every", "5s")],
    ids=lambda flags: flags[0],
)
def test_a_mistake_is_one_sentence(run: Run, film: Path, flags: tuple[str, ...]) -> None:
    outcome = run("index", film, *FAKE, *flags)
    assert outcome.status == 2
    assert one_sentence(outcome.err), outcome.err


FAR = Running(3, 40, 900, 5 * 3_600_000, 1_995 * 3_600_000, 3.5 * 86_400, True, 1.8, "lake.mp4")


def test_the_line_of_a_run_says_days_and_hours() -> None:
    assert line_of(FAR) == "3.5 days left · 5.0 h done, 1,995 h to go · lake.mp4 · 1.8x real time"
    assert (lasting(40_000), of_video(90_000)) == ("11:06:40", "1:30")


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
