"""The stress script itself, in small: nothing is lost, and it would say so if something were."""

from pathlib import Path

import pytest

from benchmarks.stress import kills, scenarios
from benchmarks.stress.damaged_files import fuzz
from benchmarks.stress.faults import damage
from benchmarks.stress.kills import kill_loop
from benchmarks.stress.scale import unchanged_files

pytestmark = pytest.mark.slow


def test_killed_runs_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kills, "_FILMS", 2)
    done, finished, lost = kill_loop(tmp_path, kills=4, seed=3)
    assert (done, lost) == (4, 0)
    assert finished >= 1


def test_what_is_lost_would_be_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = iter([["a", "b"], ["a", "c", "c"]])
    monkeypatch.setattr(kills, "exported", lambda library: next(held))
    assert kills._difference(tmp_path, ["a", "b"]) == 0
    assert kills._difference(tmp_path, ["a", "b"]) == 3


def test_faults_in_the_librarys_own_files_lose_nothing(tmp_path: Path) -> None:
    faults = damage(tmp_path, count=8, seed=1)
    assert faults.made.total() == 8
    assert (faults.lost, faults.tracebacks, faults.complaints) == (0, 0, [])
    assert faults.noticed >= 3


def test_damaged_files_cost_only_themselves(tmp_path: Path) -> None:
    fuzzed = fuzz(tmp_path, count=39, seed=7, media=tmp_path / "none")
    assert fuzzed.unaccounted == 0
    assert fuzzed.outcomes.total() == 39
    assert fuzzed.outcomes["described"] > 5


@pytest.mark.timeout(900)
def test_every_story_ends_well(tmp_path: Path) -> None:
    told = {name: story() for name, story in scenarios.stories(tmp_path, media=None)}
    assert len(told) >= 11
    assert {name: complaint for name, complaint in told.items() if complaint} == {}


def test_unchanged_files_are_passed(tmp_path: Path) -> None:
    found, passed = unchanged_files(tmp_path, 1_200)
    assert found > passed > 0
