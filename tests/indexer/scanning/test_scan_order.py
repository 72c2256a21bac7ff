"""The order in which files are taken."""

import os
from pathlib import Path

from indexer.scanning.scan_order import ordered


def test_orders(tmp_path: Path) -> None:
    sizes, lengths = {}, {}
    for name, day, length_ms, size in (("b", 3, 20, 5), ("a", 1, 0, 9), ("c", 2, 10, 7)):
        path = tmp_path / name
        path.write_bytes(b"x")
        os.utime(path, (day * 86_400, day * 86_400))
        sizes[path], lengths[path] = size, length_ms
    sizes[tmp_path / "gone"] = 1

    def names(order: str) -> str:
        found = ordered(sizes, order, lambda path: lengths.get(path, 0))
        assert found == sizes
        return " ".join(path.name for path in found)

    assert names("found") == "b a c gone"
    assert names("newest") == "b c a gone"
    assert names("oldest") == "gone a c b"
    assert names("short") == "c b gone a", "what does not say how long it is comes last"
