"""Many machines in one run: the library is a plain run's, also when workers and nodes die."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest

from indexer.pipeline.ray_cluster.connection import Cluster
from indexer.pipeline.ray_cluster.decode_tasks import Elsewhere
from indexer.pipeline.ray_cluster.frame_budget import ByteLimit
from tests.command import FAKE, Run, one_sentence
from tests.indexer.pipeline.ray_cluster.processes import descendants
from tests.media import render, steady

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs POSIX")]
INDEX = (*FAKE, "--window", "1")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster films")
    for number in range(6):
        render(folder / f"{number}.mp4", steady(10 + number), file=number)
    (folder / "broken.mp4").write_bytes(b"no video")
    (folder / "0.srt").write_text("1\n00:00:01,000 --> 00:00:04,000\nHello there\n", "utf-8")
    return folder


def exported(run: Run) -> list[str]:
    """Return what a library holds, whatever the order in which it came."""
    lines = run("export").out.splitlines()
    return sorted(line for line in lines if '"text"' in line)


@pytest.fixture
def plain(run: Run, films: Path, tmp_path: Path) -> list[str]:
    """Return what a plain run's library holds."""
    assert run("--library", tmp_path / "plain", "index", films, *INDEX).status == 3
    lines = run("--library", tmp_path / "plain", "export").out.splitlines()
    told = sorted(line for line in lines if '"text"' in line)
    assert len(told) == sum(range(10, 16))
    return told


class Killer(threading.Thread):
    """Kills the first process of each kind named, of those that this process started."""

    def __init__(self, *kinds: str) -> None:
        super().__init__(daemon=True)
        self.left = list(kinds)

    def run(self) -> None:
        ends = monotonic() + 120
        while self.left and monotonic() < ends:
            for pid, line in descendants(os.getpid()).items():
                if self.left and line.startswith(f"ray::{self.left[0]}"):
                    os.kill(pid, signal.SIGKILL)
                    self.left.pop(0)
            sleep(0.02)


def test_a_cluster_of_this_machine_makes_a_plain_runs_library(
    run: Run, films: Path, plain: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")  # another cluster, which is not asked
    done = run("index", films, *INDEX, "--ray", "local")
    assert done.status == 3, done.err  # the broken one
    assert "broken.mp4" in done.err
    assert exported(run) == plain
    assert "Hello there" in "".join(plain)
    again = run("index", films, *INDEX)
    assert "6 unchanged" in again.out  # a plain run goes on with it


def test_a_run_with_room_for_a_few_windows_makes_the_same_library(
    run: Run, films: Path, plain: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window is 8 frames of 64 x 13: room for 10 that wait, and 2 tasks that are 4 ahead."""
    monkeypatch.setattr("commands.indexing.plan.Cluster", partial(Cluster, bytes_each=400_000))
    most: dict[ByteLimit, int] = {}
    take = ByteLimit.take

    def noted(self: ByteLimit, count: int, stopped: Callable[[], bool]) -> bool:
        done = take(self, count, stopped)
        most[self] = max(most.get(self, 0), self.taken)
        return done

    monkeypatch.setattr(ByteLimit, "take", noted)
    done = run("index", films, *INDEX, "--ray", "local", "--decoders", "3")
    assert done.status == 3, done.err
    assert exported(run) == plain
    clip = 8 * 64 * 13 * 3
    ahead, gathered = (most[each] for each in most)
    assert ahead in {5 * clip, 10 * clip}
    assert clip <= gathered <= 200_000
    assert [each.taken for each in most] == [0, 0], "all is given back"


def test_workers_that_die_cost_a_try_and_no_window(run: Run, films: Path, plain: list[str]) -> None:
    killer = Killer("decode", "NodeDescriber")
    killer.start()
    done = run("index", films, *INDEX, "--ray", "local", "--batch-size", "2")
    killer.join(timeout=10)
    assert killer.left == []
    assert done.status == 3, done.err
    assert done.err.count("mp4") == 1, done.err
    assert exported(run) == plain


@pytest.fixture
def two_nodes() -> Iterator[object]:
    from ray.cluster_utils import Cluster as Nodes

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    yield nodes
    ray.shutdown()
    nodes.shutdown()


def test_a_node_that_dies_costs_a_try_and_no_window(
    run: Run, films: Path, plain: list[str], two_nodes: object
) -> None:
    second = two_nodes.add_node(num_cpus=2)  # type: ignore[attr-defined]

    def lose() -> None:
        ends = monotonic() + 120
        while monotonic() < ends:
            kinds = [
                line for line in descendants(os.getpid()).values() if line.startswith("ray::decode")
            ]
            if kinds:
                break
            sleep(0.02)
        two_nodes.remove_node(second, allow_graceful=False)  # type: ignore[attr-defined]

    loser = threading.Thread(target=lose, daemon=True)
    loser.start()
    address = two_nodes.address  # type: ignore[attr-defined]
    done = run("index", films, *INDEX, "--ray", address, "--batch-size", "2")
    loser.join(timeout=30)
    assert done.status == 3, done.err
    assert exported(run) == plain


def test_nodes_that_see_no_files_say_so_once_and_a_map_helps(
    run: Run, films: Path, plain: list[str], tmp_path: Path
) -> None:
    there = tmp_path / "there"
    shutil.copytree(films, there)
    blind = run(
        "index", films, *INDEX, "--ray", "local", "--ray-map", f"{films}={tmp_path}/nothing"
    )
    assert blind.status == 2
    assert one_sentence(blind.err), blind.err
    assert "--ray-map HERE=THERE" in blind.err
    done = run("index", films, *INDEX, "--ray", "local", "--ray-map", f"{films}={there}")
    assert done.status == 3, done.err
    assert exported(run) == plain


def test_what_cannot_be_is_told_in_a_sentence(run: Run, films: Path) -> None:
    nobody = run("index", films, *INDEX, "--ray-map", f"{films}=/x")
    assert (nobody.status, one_sentence(nobody.err)) == (2, True)
    for more in (("--offline", "index"), ("index", "--server", "http://127.0.0.1:9")):
        both = run(*more, films, *INDEX, "--ray", "127.0.0.1:1")
        assert (both.status, one_sentence(both.err)) == (2, True), both.err
    nowhere = run("index", films, *INDEX, "--ray", "no:such:place")
    assert nowhere.status == 2
    assert "There is no Ray cluster at 'no:such:place'" in nowhere.err
    assert "Traceback" not in nowhere.err


def test_a_map_is_for_what_lies_below_it() -> None:
    place = Elsewhere(Path("/a/b"), "/m").place
    assert place(Path("/a/b/c.mp4")) == Path("/m/c.mp4")
    assert place(Path("/a/bc.mp4")) is None
