"""So much at a time, so much waiting, and no more: places are given back however work ends."""

from threading import Event

import anyio
import pytest

from serve.worker_pool import BusyError, Workers

PATIENCE_S = 60


def test_more_than_may_wait_are_turned_away_and_room_is_there_again() -> None:
    let_go = Event()

    async def asked() -> list[int]:
        workers, done = Workers(at_once=1, waiting=1), list[int]()

        async def work(number: int) -> None:
            def waiting() -> int:
                assert let_go.wait(PATIENCE_S)
                return number

            done.append(await workers.run(waiting))

        async with anyio.create_task_group() as group:
            group.start_soon(work, 1)
            group.start_soon(work, 2)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(BusyError):
                await workers.run(lambda: 3)
            let_go.set()
        assert await workers.run(lambda: 4) == 4
        return done

    assert anyio.run(asked) == [1, 2]


def test_what_is_done_at_the_same_time_is_bounded() -> None:
    async def most() -> int:
        workers, inside, most = Workers(at_once=2, waiting=8), 0, 0

        async def hold() -> None:
            nonlocal inside, most
            async with workers.a_place():
                inside += 1
                most = max(most, inside)
                await anyio.sleep(0.01)
                inside -= 1

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(hold)
        return most

    assert anyio.run(most) == 2


def test_work_that_fails_or_is_given_up_gives_its_place_back() -> None:
    async def tried() -> int:
        workers = Workers(at_once=1, waiting=0)
        with pytest.raises(KeyError):
            await workers.run(lambda: {}[0])
        with anyio.move_on_after(0.01):
            async with workers.a_place():
                await anyio.sleep(PATIENCE_S)
        with pytest.raises(KeyError):
            async with workers.a_place():
                raise KeyError
        return await workers.run(lambda: 7)

    assert anyio.run(tried) == 7
