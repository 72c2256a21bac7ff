"""Names are the same whether é is kept as one character or as two; the disk's spelling is kept."""

import json
from pathlib import Path
from unicodedata import normalize

import pytest

from indexer.scanning.file_names import as_on_disk, composed, is_within
from indexer.scanning.scan import scan, wanted
from search.query.filters.path import path_matches
from tests.command import FAKE, Run
from tests.media import render, steady

NFC, NFD = (normalize(form, "Café") for form in ("NFC", "NFD"))


@pytest.fixture(params=[(NFD, NFC), (NFC, NFD)], ids=["NFD on disk", "NFC on disk"])
def names(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return how a name is spelled on the disk, and how a person types it."""
    kept, typed = request.param
    return kept, typed


def test_the_disks_own_spelling_is_found(tmp_path: Path, names: tuple[str, str]) -> None:
    kept, typed = names
    path = tmp_path / kept / f"{kept}.mp4"
    path.parent.mkdir()
    path.write_bytes(b"x")
    if (tmp_path / typed).exists():
        pytest.skip("this disk takes them for the same")
    assert as_on_disk(tmp_path / typed / f"{typed}.mp4") == path
    assert as_on_disk(tmp_path / typed / "gone.mp4") == path.with_name("gone.mp4")
    assert list(scan([tmp_path / typed])) == [path]


def test_where_both_spellings_are_there_each_is_itself(tmp_path: Path) -> None:
    paths = {tmp_path / f"{name}.mp4" for name in (NFC, NFD)}
    for path in paths:
        path.write_bytes(b"x")
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this disk takes them for the same")
    assert {as_on_disk(path) for path in paths} == paths
    assert set(scan([tmp_path])) == paths


def test_patterns_match_either(tmp_path: Path, names: tuple[str, str]) -> None:
    kept, typed = names
    (tmp_path / f"{kept}.mp4").write_bytes(b"x")
    assert path_matches(f"/films/{kept}/a.mp4", typed)
    assert path_matches(f"/films/{kept.upper()}.mp4", f"{typed}*")
    assert list(scan([tmp_path], [f"{typed}*"])) == []
    assert not wanted(tmp_path / f"{kept}.mp4", [tmp_path], [f"*{typed}*"])
    (tmp_path / ".scenelistignore").write_text(f"{typed}.*\n", "utf-8")
    assert list(scan([tmp_path])) == []


def test_a_folder_holds_what_is_in_it_by_either_name() -> None:
    assert is_within(Path(f"/v/{NFD}/a.mp4"), Path(f"/v/{NFC}"))
    assert is_within(Path(f"/v/{NFD}"), Path(f"/v/{NFC}"))
    assert not is_within(Path(f"/v/{NFD}s/a.mp4"), Path(f"/v/{NFC}"))
    assert composed(Path(NFD)) == composed(NFC) == NFC


def test_every_command_takes_either(run: Run, tmp_path: Path, names: tuple[str, str]) -> None:
    kept, typed = names
    films = tmp_path / "films"
    film = render(films / kept / f"{kept}.mp4", steady(12))
    asked = films / typed / f"{typed}.mp4"
    assert run("index", asked, *FAKE).status == 0
    (listed,) = json.loads(run("list", "--json").out)
    assert listed["video"] == str(film), "bytes on disk are kept"
    assert json.loads(run("show", asked, "--json").out)["video"] == str(film)
    assert run("list", typed).status == 0
    found = run("search", f"picture in:{typed}", "-o", "-", "--format", "json")
    assert f"{kept}.mp4" in found.out
    like = run("search", f'like:"{asked}@2"')
    assert "not in the library" not in like.err
    assert "Nothing in the library is called" in run("search", f'like:"{films}/other.mp4@2"').err
    assert run("search", f"picture not-in:{typed}").status == 1
    assert run("playlist", asked, "-o", "x.m3u8").status == 0
    moved = tmp_path / "new"
    film.parent.rename(moved)
    assert run("relocate", films / typed, moved).status == 0
    assert run("show", moved / f"{typed}.mp4").status == 0
    assert run("forget", moved / f"{typed}.mp4").status == 0
    assert run("list").status == 1


def test_forgetting_one_spelling_leaves_the_other(run: Run, tmp_path: Path) -> None:
    one = render(tmp_path / "films" / f"{NFC}.mp4", steady(2), file=1)
    other = render(tmp_path / "films" / f"{NFD}.mp4", steady(2), file=2)
    if len(list(one.parent.iterdir())) < 2:
        pytest.skip("this disk takes them for the same")
    assert run("index", one.parent, *FAKE).status == 0
    assert run("forget", one).status == 0
    assert [entry["video"] for entry in json.loads(run("list", "--json").out)] == [str(other)]
