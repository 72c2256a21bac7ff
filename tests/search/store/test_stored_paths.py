"""Any file name can be kept."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.store.stored_paths import to_path, to_text


@given(st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name))
def test_any_file_name_can_be_kept(name: bytes) -> None:
    if sys.platform != "linux":
        pytest.skip("other systems allow only Unicode names")
    path = Path(os.fsdecode(name))
    to_text(path).encode()
    assert to_path(to_text(path)) == path
