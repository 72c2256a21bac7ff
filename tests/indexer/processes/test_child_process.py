"""The loop of a process that carries out orders."""

import io
import pickle
from pathlib import Path

from indexer.processes import child_process
from tests.indexer.processes import obedient_child
from tests.indexer.processes.obedient_child import LAST


def test_orders_are_answered_until_there_are_no_more(tmp_path: Path) -> None:
    asked, told = io.BytesIO(), io.BytesIO()
    for order in ("count 2", "count 0"):
        pickle.dump(order, asked)
    asked.seek(0)
    child_process.answer_all(asked, told, obedient_child.answer)
    told.seek(0)
    assert [pickle.load(told) for _ in range(4)] == [0, 1, LAST, LAST]
    assert told.read() == b""
