"""A process that carries out orders: what crashes, hangs or is stopped in it costs the order."""

import os
import pickle
import threading
import time
from pathlib import Path

import pytest

from indexer.decoding.supervisor import DecodeWorker
from indexer.errors import VideoError
from indexer.processes import child_process, supervisor
from indexer.processes.supervisor import (
    Child,
    ChildError,
    CrashedError,
    HangsError,
    Orders,
    StoppedError,
)
from tests.indexer.processes import obedient_child
from tests.indexer.processes.obedient_child import LAST
from tests.media import render, steady


def test_nobody_waits_for_a_reading_thread_that_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that reads a decoder's answers has no memory for one: its parent hears of it."""
    path = render(tmp_path / "a.mkv", steady(2))

    class Short:
        dump = staticmethod(pickle.dump)
        UnpicklingError = pickle.UnpicklingError

        @staticmethod
        def load(_: object) -> object:
            raise MemoryError

    monkeypatch.setattr(supervisor, "pickle", Short)
    began = time.monotonic()
    with DecodeWorker(patience_s=60) as worker, pytest.raises(MemoryError):
        worker.probe(path)
    assert time.monotonic() - began < 55, "it waited for its patience to end"


def test_a_damaged_answer_still_is_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(_: object) -> object:
        raise EOFError

    monkeypatch.setattr(supervisor.pickle, "load", end)
    with DecodeWorker(patience_s=60) as worker, pytest.raises(VideoError, match="crashed"):
        worker.length_ms(tmp_path / "a.mkv")


CHILD = obedient_child.__name__
LONG_S = 60.0


def obedient(ahead: int = 0) -> Orders[str, int]:
    return Orders(CHILD, lambda answer: answer == LAST, ahead)


def pid_of(given: Orders[str, int]) -> int:
    assert given.child is not None
    return given.child.process.pid


def is_gone(child: Child) -> bool:
    """Whether a process has ended and has been waited for."""
    return child.process.poll() is not None


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_answers_come_in_order_to_the_last(ahead: int) -> None:
    given = obedient(ahead)
    assert given.child is None, "it is started with the first order"
    assert list(given.carry_out("count 7", LONG_S)) == [0, 1, 2, 3, 4, 5, 6, LAST]
    child = given.child
    assert list(given.carry_out("count 0", LONG_S)) == [LAST]
    (pid, _) = given.carry_out("who", LONG_S)
    assert given.child is child, "one process for all of them"
    assert pid == pid_of(given) != os.getpid()
    given.close()
    assert child is not None
    assert is_gone(child)
    assert given.child is None


def test_no_more_answers_are_fetched_than_asked_for() -> None:
    given = obedient(ahead=2)
    answers = given.carry_out("count 100", LONG_S)
    assert next(answers) == 0
    assert given.child is not None
    queue = given.child._answers
    until = time.monotonic() + LONG_S
    while queue.qsize() < 2 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.3)
    assert queue.qsize() == 2
    assert list(answers) == [*range(1, 100), LAST]
    given.close()


def test_a_crash_costs_the_order_and_the_next_has_another_process() -> None:
    given = obedient()
    answers = given.carry_out("crash", LONG_S)
    assert next(answers) == 0
    child = given.child
    with pytest.raises(CrashedError):
        next(answers)
    assert child is not None
    assert is_gone(child)
    assert list(given.carry_out("count 1", LONG_S)) == [0, LAST]
    assert given.child is not child
    given.close()


def test_one_that_says_nothing_is_ended_when_patience_is() -> None:
    given = obedient()
    list(given.carry_out("count 1", LONG_S))
    child = given.child
    answers = given.carry_out("hang", 0.5)
    assert next(answers) == 0
    with pytest.raises(HangsError):
        next(answers)
    assert child is not None
    assert is_gone(child)
    assert list(given.carry_out("count 1", LONG_S)) == [0, LAST]
    given.close()


def test_one_that_is_dead_already_is_a_crash() -> None:
    given = obedient()
    list(given.carry_out("count 1", LONG_S))
    assert given.child is not None
    given.child.process.kill()
    given.child.process.wait(timeout=60)
    with pytest.raises(CrashedError):
        list(given.carry_out("count 1", LONG_S))
    assert list(given.carry_out("count 1", LONG_S)) == [0, LAST]
    given.close()


def test_what_is_no_answer_is_a_crash() -> None:
    given = obedient()
    with pytest.raises(CrashedError):
        list(given.carry_out("garble", LONG_S))
    given.close()


def test_one_left_in_the_middle_of_an_order_is_not_used_again() -> None:
    given = obedient(ahead=2)
    answers = given.carry_out("count 1000", LONG_S)
    next(answers)
    child = given.child
    answers.close()
    assert child is not None
    assert is_gone(child)
    assert given.child is None
    assert list(given.carry_out("count 1", LONG_S)) == [0, LAST]
    given.close()


def test_one_left_at_the_last_answer_is() -> None:
    given = obedient()
    answers = given.carry_out("count 0", LONG_S)
    assert next(answers) == LAST
    child = given.child
    answers.close()
    assert given.child is child
    assert list(given.carry_out("count 1", LONG_S)) == [0, LAST]
    given.close()


def test_a_stop_from_another_thread_ends_the_wait_for_good() -> None:
    given = obedient()
    answers = given.carry_out("hang", LONG_S)
    next(answers)
    child = given.child
    threading.Timer(0.3, given.stop).start()
    began = time.monotonic()
    with pytest.raises(ChildError):
        next(answers)
    assert time.monotonic() - began < LONG_S - 5
    assert child is not None
    assert is_gone(child)
    with pytest.raises(StoppedError):
        next(given.carry_out("count 1", LONG_S))
    assert given.child is None, "none was started for it"
    given.stop()


def test_a_stop_while_the_process_is_started_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    given = obedient()
    made: list[Child] = []

    def child(module: str, ahead: int) -> Child:
        made.append(Child(module, ahead))
        given.stop()  # before anybody could know of it
        return made[0]

    monkeypatch.setattr(supervisor, "Child", child)
    with pytest.raises(StoppedError):
        next(given.carry_out("hang", LONG_S))
    assert is_gone(made[0])


def test_closing_ends_the_process_and_a_further_order_starts_another() -> None:
    given = obedient()
    given.close()
    list(given.carry_out("count 1", LONG_S))
    child = given.child
    given.close()
    given.close()
    assert child is not None
    assert is_gone(child)
    assert list(given.carry_out("count 1", LONG_S)) == [0, LAST]
    given.close()


def test_the_fetching_thread_ends_with_its_process() -> None:
    before = set(threading.enumerate())
    given = obedient(ahead=1)
    answers = given.carry_out("count 100000", LONG_S)
    next(answers)
    (fetching,) = set(threading.enumerate()) - before
    given.close()
    fetching.join(LONG_S)
    assert not fetching.is_alive()
    with pytest.raises(CrashedError):
        list(answers)


def test_what_ends_the_fetching_thread_is_raised_where_answers_are_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Short:
        dump = staticmethod(pickle.dump)
        UnpicklingError = pickle.UnpicklingError

        @staticmethod
        def load(_: object) -> object:
            raise MemoryError

    monkeypatch.setattr(supervisor, "pickle", Short)
    given = obedient()
    with pytest.raises(MemoryError):
        next(given.carry_out("count 1", LONG_S))


def test_without_memory_for_a_thread_no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    real = child_process.start

    def start(module: str) -> object:
        started.append(real(module))
        return started[-1]

    class Unstartable(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(child_process, "start", start)
    monkeypatch.setattr(supervisor, "Thread", Unstartable)
    with pytest.raises(RuntimeError, match="new thread"):
        Child(CHILD)
    assert started[0].poll() is not None


def test_what_is_printed_over_there_does_not_disturb(capfd: pytest.CaptureFixture[str]) -> None:
    given = obedient()
    assert list(given.carry_out("print", LONG_S)) == [LAST]
    assert list(given.carry_out("count 1", LONG_S)) == [0, LAST]
    given.close()
    assert capfd.readouterr() == ("", "")
