"""Where a user's things lie: where the environment says, else where the system has it."""

from pathlib import Path

import pytest

from search.user_folders import data_folder, default_library


def test_the_environment_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENELIST_DATA", str(tmp_path))
    assert (data_folder(), default_library()) == (tmp_path, tmp_path / "library")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("SCENELIST_DATA", "~/data")
    assert data_folder() == tmp_path / "data"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCENELIST_DATA", "data")
    assert data_folder() == Path.cwd() / "data"


def test_else_it_is_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCENELIST_DATA", raising=False)
    assert data_folder().name == "scenelist"
    assert data_folder().is_absolute()
