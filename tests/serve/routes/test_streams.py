"""A video's bytes, films and pictures."""

import io
from pathlib import Path

import av
import httpx2
import pytest
from PIL import Image

from indexer.decoding.supervisor import DecodeWorker
from search import Library
from tests.media import read_barcode, render, steady
from tests.serving import World, put, serving, site


def test_a_picture_shows_its_time_and_is_kept_for_ever(client: httpx2.Client, films: World) -> None:
    path = f"/api/thumbnails/{films.id('park.mp4')}/12000.jpg"
    reply = client.get(path, params={"edge": 256})
    assert reply.headers["content-type"] == "image/jpeg"
    assert "immutable" in reply.headers["cache-control"]
    picture = Image.open(io.BytesIO(reply.content))
    assert picture.size == (256, 51)
    full = Image.open(io.BytesIO(client.get(path).content)).convert("L")
    import numpy as np

    assert read_barcode(np.asarray(full)) == (300, 1)


@pytest.mark.parametrize("query", ["?edge=99999", "?edge=0"])
def test_pictures_have_few_sizes(client: httpx2.Client, films: World, query: str) -> None:
    assert client.get(f"/api/thumbnails/{films.id('park.mp4')}/0.jpg{query}").status_code == 400


def test_no_picture_beyond_the_end(client: httpx2.Client, films: World) -> None:
    assert client.get(f"/api/thumbnails/{films.id('park.mp4')}/99000.jpg").status_code == 404


def test_the_bytes_of_a_file_in_ranges(client: httpx2.Client, films: World) -> None:
    data = films.films["park.mp4"].path.read_bytes()
    path = f"/api/media/{films.id('park.mp4')}"
    assert client.get(path).content == data
    part = client.get(path, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, data[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(data)}"
    assert part.headers["content-type"] == "video/mp4"
    assert client.get(path, headers={"range": f"bytes={len(data)}-"}).status_code == 416
    assert client.head(path).headers["content-length"] == str(len(data))


@pytest.mark.parametrize(("name", "file"), [("old film.avi", 3), ("deep/night #1 & 100%.mkv", 2)])
def test_a_film_of_a_moment_holds_that_moment(
    client: httpx2.Client, films: World, tmp_path: Path, name: str, file: int
) -> None:
    asked = {"start": 2.0, "end": 4.0}
    reply = client.get(f"/api/clips/{films.id(name)}", params=asked)
    assert reply.headers["content-type"] == "video/mp4"
    assert b"moof" in reply.content
    (tmp_path / "clip.mp4").write_bytes(reply.content)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        frames = list(container.decode(video=0))
    seen = [read_barcode(frame.to_ndarray(format="gray")) for frame in frames]
    assert seen[0] == (50, file)
    assert seen[-1][1] == file
    assert 97 <= seen[-1][0] <= 99
    assert float(frames[-1].time) == pytest.approx(2.0, abs=0.1)


def test_a_file_that_cannot_be_decoded_costs_its_picture_only(tmp_path: Path, films: World) -> None:
    folder = tmp_path / "library"
    path = render(tmp_path / "broken.mp4", steady(10))
    with DecodeWorker() as worker:
        video = worker.probe(path)
    put(Library.open(folder, create=True, embedder="fake:"), video, "a dog")
    path.write_bytes(b"\0" * path.stat().st_size)
    with serving(site(folder, tmp_path / "cache")) as address:
        assert (
            httpx2.get(f"{address}/api/thumbnails/{video.fingerprint}/1000.jpg").status_code == 404
        )
        clip = f"{address}/api/clips/{video.fingerprint}?start=0&end=2"
        assert httpx2.get(clip, timeout=60).status_code == 404
        assert httpx2.get(f"{address}/api/health").status_code == 200
