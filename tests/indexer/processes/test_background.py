"""Work beside the thread that waits for it: in order, its errors raised, interrupts heard."""

from threading import Event, current_thread, main_thread

import pytest

from indexer.processes.background import Aside


def test_what_is_done_aside_comes_back_from_one_thread() -> None:
    aside = Aside()
    threads = [aside.do(current_thread) for _ in range(2)]
    assert threads[0] is threads[1] is not main_thread()
    assert threads[0].daemon, "the process may end without it"
    aside.close()
    threads[0].join(60)
    assert not threads[0].is_alive()


@pytest.mark.parametrize("error", [KeyError("missing"), KeyboardInterrupt(), SystemExit(3)])
def test_what_is_raised_aside_is_raised_where_it_is_waited_for(error: BaseException) -> None:
    def fail() -> None:
        raise error

    aside = Aside()
    with pytest.raises(type(error)) as raised:
        aside.do(fail)
    assert raised.value is error
    assert aside.do(lambda: 7) == 7, "it goes on"
    aside.close()


def test_who_is_interrupted_leaves_the_work_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where Ctrl-C is pressed while a model is deep in its work."""
    from indexer.processes import background

    started, let_go, done = Event(), Event(), Event()

    def work() -> None:
        started.set()
        assert let_go.wait(60)
        done.set()

    class Interrupted(background.SimpleQueue[object]):
        def get(self, block: bool = True, timeout: float | None = None) -> object:
            if timeout is not None and started.wait(60):
                raise KeyboardInterrupt
            return super().get(block, timeout)

    aside = Aside()
    with monkeypatch.context() as patched:
        patched.setattr(background, "SimpleQueue", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            aside.do(work)
    assert not done.is_set()
    let_go.set()
    assert aside.do(done.is_set)
    aside.close()
