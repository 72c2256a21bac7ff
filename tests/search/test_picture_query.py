"""A picture as a question: described by the library's model, and that is looked for."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from search.library import Library
from search.query.options import SearchOptions
from tests.command import FAKE, Run, one_sentence
from tests.media import render, steady


def picture(path: Path, colour: tuple[int, int, int]) -> Path:
    """Write a picture of one colour."""
    pixels = np.full((90, 160, 3), colour, np.uint8)
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("mjpeg" if path.suffix == ".jpg" else "png", rate=1)
        stream.width, stream.height = 160, 90
        stream.pix_fmt = "yuvj420p" if path.suffix == ".jpg" else "rgb24"
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("name", ["photo.jpg", "Photo one.PNG"])
def test_a_picture_is_described_and_looked_for(
    run: Run, videos: Path, tmp_path: Path, name: str
) -> None:
    assert run("index", videos, *FAKE).status == 0
    photo = picture(tmp_path / name, (128, 128, 128))
    outcome = run("search", "--like", photo, "--json")
    assert outcome.status == 0, outcome.err
    assert outcome.err == f"{name} shows: A grey picture.\n"
    found = json.loads(outcome.out)["moments"]
    assert found == json.loads(run("search", "A grey picture.", "--json").out)["moments"]


def test_programs_may_ask_with_pictures_too(indexed: Run, tmp_path: Path) -> None:
    library = Library.open(tmp_path / "library")
    photo = picture(tmp_path / "photo.png", (128, 128, 128))
    assert library.words_of_picture(photo) == "A grey picture."
    asked = SearchOptions(pictures=(photo,))
    assert library.search("", 3, asked) == library.search("A grey picture.", 3)


def test_the_next_answers_to_a_picture(
    indexed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(Path("photo.png"), (128, 128, 128))
    asked = ("search", "--like", "photo.png", "--min-confidence", "0")
    everything = indexed(*asked, "--longest", "10s").out.splitlines()
    assert len(everything) > 2
    assert indexed(*asked, "--longest", "10s", "--limit", "1").out.splitlines() == everything[:1]
    monkeypatch.chdir(tmp_path)
    assert indexed("more").out.splitlines() == everything[1:2], "from another folder too"


def test_what_is_no_picture_is_told(indexed: Run, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    for like in (tmp_path / "text.jpg", "gone.png"):
        outcome = indexed("search", "--like", like)
        assert outcome.status == 2
        assert one_sentence(outcome.err), outcome.err
    assert "--like dog.jpg" in indexed("search", "like:dog.jpg").err


def test_a_film_is_still_a_moment(indexed: Run, tmp_path: Path) -> None:
    film = render(tmp_path / "odd.png.mp4", steady(3))
    assert "is not in the library" in indexed("search", "--like", f"{film}@0:01").err


def test_what_is_no_picture_is_told_before_a_model_is_loaded(
    run: Run, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("index", videos, *FAKE).status == 0
    loaded: list[object] = []
    monkeypatch.setattr("indexer.describing.fake_describer.load", lambda *a: loaded.append(a))
    (tmp_path / "no.jpg").write_bytes(b"no picture")
    outcome = run("search", "--like", tmp_path / "no.jpg")
    assert outcome.status == 2
    assert "cannot be read as a picture" in outcome.err
    assert not loaded
