"""Small changes to a module, one at a time: do the tests beside it notice?

    python -m benchmarks.code_mutants indexer/pipeline/planner.py \
        tests/indexer/pipeline/test_planner.py [--state planner.json] [--seconds 150]

A change that no test notices is a survivor: either it changes nothing that anybody could see, or a
test is missing. What is loaded once is not loaded again for each mutant (a process is forked for
each), so one takes as long as its tests. With `--state` a further run goes on where the last one
stopped; `--survivors` tries those again that survived so far. POSIX only.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

_COMPARISONS: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
_OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_OTHERS = {"max": "min", "min": "max"}
# A mutant that loops is ended after so many times what the tests take, and no sooner than that.
_TIMES, _LEAST_S = 4, 10
_DEFAULT_S = 600.0


@dataclass(frozen=True, slots=True)
class Change:
    """One change to a module: a node's `fields` get other values; `what` says it to a person."""

    line: int
    what: str
    node: ast.AST
    fields: tuple[tuple[str, object], ...]

    def code(self, tree: ast.Module, file: Path) -> CodeType:
        """Return the whole module's code with this change; the tree is as it was afterwards."""
        before = [(name, getattr(self.node, name)) for name, _ in self.fields]
        for name, value in self.fields:
            setattr(self.node, name, value)
        try:
            return compile(
                ast.unparse(ast.fix_missing_locations(tree)), str(file.absolute()), "exec"
            )
        finally:
            for name, value in before:
                setattr(self.node, name, value)


def changes(tree: ast.Module) -> Iterator[Change]:
    """Yield the changes to be tried: comparisons, conditions, sums, numbers, words, what is done.

    Types, docstrings, decorators, imports, assertions and the words of errors stay.
    """
    left_alone = _left_alone(tree)
    for node in ast.walk(tree):
        if id(node) not in left_alone:
            line = getattr(node, "lineno", 0)
            for what, *fields in (*_of_values(node), *_of_parts(node), *_of_flow(node)):
                yield Change(line, what, node, tuple(fields))


_Made = tuple[str, *tuple[tuple[str, object], ...]]


def _left_alone(tree: ast.Module) -> set[int]:
    """Return the ids of the nodes that are not to be changed."""
    found: set[int] = set()
    for node in ast.walk(tree):
        alone: list[ast.AST] = [
            part
            for name in ("annotation", "returns")
            if isinstance(part := getattr(node, name, None), ast.AST)
        ]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            alone.append(node.body[0])
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            alone += node.decorator_list
        if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
            alone.append(node)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            alone.append(node)
        if isinstance(node, ast.Raise):
            words = (part for part in ast.walk(node) if isinstance(part, ast.Constant))
            alone += [part for part in words if isinstance(part.value, str)]
        found.update(id(part) for each in alone for part in ast.walk(each))
    return found


def _of_values(node: ast.AST) -> Iterator[_Made]:
    """Yield changes of how it is worked out."""
    if isinstance(node, ast.Compare):
        for at, one in enumerate(node.ops):
            for other in _COMPARISONS[type(one)]:
                made = f"{type(one).__name__} becomes {other.__name__}"
                yield made, ("ops", [*node.ops[:at], other(), *node.ops[at + 1 :]])
    elif isinstance(node, ast.BoolOp):
        yield "and becomes or", ("op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for at in range(len(node.values)):
            rest = [*node.values[:at], *node.values[at + 1 :]]
            yield f"operand {at + 1} goes", ("values", rest if len(rest) > 1 else rest * 2)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not goes", ("operand", ast.UnaryOp(ast.Not(), node.operand))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "minus goes", ("op", ast.UAdd())
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _OPERATIONS:
        other = _OPERATIONS[type(node.op)]
        yield f"{type(node.op).__name__} becomes {other.__name__}", ("op", other())


def _of_parts(node: ast.AST) -> Iterator[_Made]:
    """Yield changes of what goes into it: numbers, words, slices, arguments."""
    if isinstance(node, ast.Constant):
        yield from (
            (f"{str(node.value)[:20]!r} becomes {str(value)[:20]!r}", ("value", value))
            for value in _other_values(node.value)
        )
    elif isinstance(node, ast.Slice):
        if node.lower is not None:
            yield "slice from its beginning", ("lower", None)
        if node.upper is not None:
            yield "slice to its end", ("upper", None)
    elif isinstance(node, ast.Name) and node.id in _OTHERS:
        yield f"{node.id} becomes {_OTHERS[node.id]}", ("id", _OTHERS[node.id])
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg:
                rest = [each for each in node.keywords if each is not keyword]
                yield f"{keyword.arg}= goes from {ast.unparse(node)[:40]}", ("keywords", rest)


def _other_values(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1] if value > 1 else [value + 1]
    if isinstance(value, float):
        return [value * 1.5 + 1]
    return [f"XX{value}"] if isinstance(value, str) else []


def _of_flow(node: ast.AST) -> Iterator[_Made]:
    """Yield changes of what is done, and whether."""
    nothing = ast.Constant(None)
    if isinstance(node, ast.If | ast.While):
        yield "the condition turns", ("test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.IfExp):
        yield "if and else change places", ("body", node.orelse), ("orelse", node.body)
    elif isinstance(node, ast.Return) and not _is_nothing(node.value):
        yield "None is returned", ("value", nothing)
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "a comprehension's if goes", ("ifs", [])
    elif isinstance(node, ast.Expr) and isinstance(
        node.value, ast.Call | ast.Yield | ast.YieldFrom
    ):
        yield f"{ast.unparse(node)[:40]} goes", ("value", nothing)
    elif (
        isinstance(node, ast.Assign)
        and not isinstance(node.value, ast.Constant)
        and any(isinstance(each, ast.Attribute | ast.Subscript) for each in node.targets)
    ):
        yield f"{ast.unparse(node)[:40]} becomes None", ("value", nothing)


def _is_nothing(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from code that is given."""

    def __init__(self, name: str, file: Path, code: CodeType) -> None:
        self._name, self._file, self._code = name, file, code

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._file.absolute(), loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def is_noticed(file: Path, code: CodeType, tests: Sequence[str], limit_s: float) -> bool:
    """Whether the tests fail, or never end, with this code in place of a module's."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        status = _tested(file, code, tests)
        os._exit(status)
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _tested(file: Path, code: CodeType, tests: Sequence[str]) -> int:
    import pytest

    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    sys.meta_path.insert(0, _Instead(_name(file), file, code))
    try:
        return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
    except BaseException:
        traceback.print_exc()
        return 99


def _name(file: Path) -> str:
    return ".".join(file.with_suffix("").parts)


def main() -> None:
    """Try the changes to a module, and print those that survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", type=Path, help="its file, from the project's folder")
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--state", type=Path, help="a file to go on from")
    parser.add_argument("--seconds", type=float, default=_DEFAULT_S, help="stop after that")
    parser.add_argument("--survivors", action="store_true", help="only those that survived so far")
    asked = parser.parse_args()
    import hypothesis  # what every test needs, once
    import numpy as np
    import pytest

    assert hypothesis and np and pytest
    sys.path.insert(0, str(Path.cwd()))
    survived: dict[str, bool] = {}
    if asked.state and asked.state.exists():
        survived = json.loads(asked.state.read_text())
    source = asked.module.read_text("utf-8")
    began = time.monotonic()
    whole = compile(source, str(asked.module.absolute()), "exec")
    if is_noticed(asked.module, whole, asked.tests, _DEFAULT_S):
        sys.exit("The tests fail without any change.")
    limit_s = max(_LEAST_S, _TIMES * (time.monotonic() - began))
    seen: Counter[str] = Counter()
    tree, lines, every = ast.parse(source), source.splitlines(), 0
    for change in changes(tree):
        said = f"{lines[change.line - 1].strip()} | {change.what}"
        seen[said] += 1
        key = f"{change.line}: {said}" + (f" ({seen[said]})" if seen[said] > 1 else "")
        every += 1
        wanted = survived.get(key, asked.survivors) if asked.survivors else key not in survived
        if not wanted or time.monotonic() - began > asked.seconds:
            continue
        code = change.code(tree, asked.module)
        survived[key] = not is_noticed(asked.module, code, asked.tests, limit_s)
        if asked.state:
            asked.state.write_text(json.dumps(survived, indent=0))
    print(f"{asked.module}: {len(survived)} of {every} tried, {sum(survived.values())} survived")
    for key, lives in survived.items():
        if lives:
            print("  ", key)


if __name__ == "__main__":
    main()
