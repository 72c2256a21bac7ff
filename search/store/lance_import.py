"""Imports LanceDB without what only its cloud needs: half of the time of a short command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_PACKAGE = "lance_namespace_urllib3_client"


def lancedb() -> Any:
    """Return the module lancedb.

    It imports, by way of lance_namespace, some hundred data models of the requests to a catalogue
    service, which takes a second and which a folder on a disk never sends. While it is imported
    stand-ins take their place; whoever imports the real ones later gets them.
    """
    if "lancedb" in sys.modules or _PACKAGE in sys.modules:
        return import_module("lancedb")
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        return import_module("lancedb")
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if _is_theirs(name)]:
            del sys.modules[name]


def _is_theirs(name: str) -> bool:
    return name == _PACKAGE or name.startswith(f"{_PACKAGE}.")


class _Model(type):
    """Stands for a model: made or compared with, it is the real one."""

    def __call__(cls, *arguments: Any, **facts: Any) -> Any:
        return cls._real()(*arguments, **facts)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls._real())

    def _real(cls) -> Any:
        return getattr(import_module(f"{_PACKAGE}.models"), cls.__name__)


class _Module(ModuleType):
    """A module that has any name asked of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Model(name, (), {})


class _Finder(MetaPathFinder, Loader):
    """Finds a stand-in for every module of the package."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if _is_theirs(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: names come when they are asked for."""
