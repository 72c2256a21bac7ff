"""Changes to a module: which are made, that each is undone, and whether a test notices."""

import ast
import sys
from pathlib import Path

import pytest

from benchmarks.code_mutants import changes, is_noticed

SOURCE = '''"""A module."""
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    ONE: int = 1


def limited(value: int, most: int = 5) -> int:
    """Return the value, at most so much."""
    assert most > 0, "more"
    if value > most and most:
        raise ValueError("too much of it")
    return min(value + 1, most)
'''


def test_each_change_is_made_and_undone() -> None:
    tree = ast.parse(SOURCE)
    before = ast.unparse(tree)
    found = []
    for change in changes(tree):
        code = change.code(tree, Path("limited.py"))
        assert ast.unparse(tree) == before
        assert code.co_filename.endswith("limited.py")
        found.append((change.line, change.what))
    assert sorted(found) == [
        (8, "'5' becomes '4'"),
        (8, "'5' becomes '6'"),
        (11, "Gt becomes GtE"),
        (11, "Gt becomes LtE"),
        (11, "and becomes or"),
        (11, "operand 1 goes"),
        (11, "operand 2 goes"),
        (11, "the condition turns"),
        (13, "'1' becomes '2'"),
        (13, "Add becomes Sub"),
        (13, "None is returned"),
        (13, "min becomes max"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.parametrize(
    ("body", "noticed"),
    [
        ("return a + b", False),
        ("return b + a", False),
        ("return a - b", True),
        ("while a: 0", True),
    ],
)
def test_what_a_test_notices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, noticed: bool
) -> None:
    (tmp_path / "summing.py").write_text("def add(a, b): return a + b\n")
    (tmp_path / "test_summing.py").write_text(
        "from summing import add\n\n\ndef test_add(): assert add(2, 3) == 5\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    code = compile(f"def add(a, b):\n    {body}\n", "summing.py", "exec")
    assert is_noticed(Path("summing.py"), code, ["test_summing.py"], 5.0) is noticed
