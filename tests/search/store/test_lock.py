"""One writer at a time, in whichever process; the lock is free once it is over."""

import subprocess
import sys
from pathlib import Path

import pytest

from indexer.errors import LibraryBusyError, LibraryError
from search.store.lock import being_written, writing_lock

_HOLDING = """
import sys
from pathlib import Path
from search.store.lock import writing_lock
with writing_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_writes_is_noticed_and_a_second_one_refused(tmp_path: Path) -> None:
    assert not being_written(tmp_path)
    with writing_lock(tmp_path):
        assert being_written(tmp_path)
        with pytest.raises(LibraryBusyError, match="Another scenelist"), writing_lock(tmp_path):
            pytest.fail("two write")
    assert not being_written(tmp_path)


def test_a_mistake_while_writing_frees_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), writing_lock(tmp_path):
        raise KeyError
    assert not being_written(tmp_path)


def test_another_process_holds_it_until_it_ends_however_that_be(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert being_written(tmp_path)
        with pytest.raises(LibraryBusyError), writing_lock(tmp_path):
            pytest.fail("two write")
        other.kill()
        other.wait(timeout=60)
    with writing_lock(tmp_path):
        assert being_written(tmp_path)


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "writing.lock").mkdir()
    assert not being_written(tmp_path)
    with pytest.raises(LibraryError, match="cannot be written"), writing_lock(tmp_path):
        pytest.fail("it is a folder")
