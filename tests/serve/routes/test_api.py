"""The HTTP API over a small library: search, videos, playlists, pictures, films."""

import io
import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import av
import httpx2
import pytest
from lxml import etree
from PIL import Image

from indexer.decoding.supervisor import DecodeWorker
from playlist.formats.registry import FORMATS
from search import Library
from search.file_states import STATES
from search.query.parser import QueryError
from search.run_status import Running, ended, tell
from serve.answerer import AnswersReply
from serve.schemas import replies
from serve.schemas.requests import ChosenMoments
from tests.media import read_barcode, render, steady
from tests.serving import HOSTILE, SECRET, Seer, World, put, serving, site, world

XSPF = "{http://xspf.org/ns/0/}"


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def client(films: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    with (
        serving(site(films.library, tmp_path_factory.mktemp("cache"))) as address,
        httpx2.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def search(client: httpx2.Client, **asked: object) -> dict:
    reply = client.get("/api/search", params={"min_confidence": 0, **asked})
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_search_answers_with_moments(client: httpx2.Client, films: World) -> None:
    first = search(client, q="a steam train arrives")["moments"][0]
    name = films.id("old film.avi")
    assert first["video"] == name
    assert (first["start"], first["name"], first["text"]) == (
        0.0,
        "old film.avi",
        "a steam train arrives",
    )
    assert first["sure"] in {"strong", "weak"}
    assert 0 <= first["confidence"] <= 1
    assert first["thumbnail"].startswith(f"/api/thumbnails/{name}/")
    assert first["media"] == f"/api/media/{name}"
    assert first["play"].startswith(f"/api/clips/{name}?start=0.000&end=")


def test_the_picture_shows_the_window_whose_words_stand_there(client: httpx2.Client) -> None:
    """Also where the moment reaches over other windows."""
    (moment,) = search(client, q="a dog runs out in:park.mp4", per_video=1)["moments"]
    assert moment["text"] == "a dog runs out"
    assert moment["thumbnail"].endswith("/15000.jpg")


def test_what_is_said_comes_with_the_moment(client: httpx2.Client) -> None:
    first = search(client, q='"good boy"', longest="10s")["moments"][0]
    assert (first["text"], first["transcript"]) == ("a tall tree", "Good boy, Rex!")
    assert first["play"].endswith("#t=20.000,30.000")


def test_the_query_language_and_flags_narrow_down(client: httpx2.Client, films: World) -> None:
    def names(**asked: object) -> set[str]:
        return {m["name"] for m in search(client, **asked)["moments"]}

    assert names(q="a dog in:deep") == {"night #1 & 100%.mkv"}
    assert names(q="a dog", **{"in": "deep"}) == {"night #1 & 100%.mkv"}
    assert "night #1 & 100%.mkv" not in names(q="a dog", not_in="*.mkv")
    assert names(q="a dog", min_length="25s") == {"park.mp4"}
    like = search(client, like=f"{films.id('park.mp4')}@15.000")["moments"]
    assert like[0]["name"] == "night #1 & 100%.mkv"


def test_pages_follow_each_other(client: httpx2.Client) -> None:
    whole = search(client, q="a", limit=4)["moments"]
    first = search(client, q="a", limit=2)
    second = search(client, q="a", limit=2, offset=2)
    assert first["more"]
    assert first["moments"] + second["moments"] == whole


def test_nothing_found_is_an_empty_answer(client: httpx2.Client) -> None:
    reply = client.get("/api/search", params={"q": '"no such words"'})
    assert (reply.status_code, reply.json()["moments"]) == (200, [])


@pytest.mark.parametrize(
    ("query", "place"),
    [("a dog not:", 6), ('a "dog', 2), ("dog after:soon", 4), ("dog ^0", 4)],
)
def test_a_mistake_is_pointed_at_as_on_the_command_line(
    client: httpx2.Client, films: World, query: str, place: int
) -> None:
    with pytest.raises(QueryError) as told:
        Library.open(films.library).search(query)
    reply = client.get("/api/search", params={"q": query})
    assert reply.status_code == 400
    assert reply.json() == {"error": str(told.value), "at": place}
    assert f"character {place + 1} " in reply.json()["error"]


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"sort": "x"}, {"foo": "bar"}, {"longest": "x"}])
def test_what_makes_no_sense_is_a_sentence(client: httpx2.Client, wrong: dict[str, object]) -> None:
    reply = client.get("/api/search", params={"q": "dog", **wrong})
    assert reply.status_code == 400
    assert set(reply.json()) == {"error"}


def test_videos_are_listed_filtered_and_paged(client: httpx2.Client) -> None:
    everything = client.get("/api/videos").json()
    assert everything["total"] == 4
    assert {v["state"] for v in everything["videos"]} == {"described"}
    longest = client.get("/api/videos", params={"sort": "length", "limit": 1}).json()
    assert (longest["videos"][0]["name"], longest["total"]) == ("park.mp4", 4)
    assert client.get("/api/videos", params={"in": "*.avi"}).json()["total"] == 1
    totals = {
        state: client.get("/api/videos", params={"state": state}).json()["total"]
        for state in STATES
    }
    assert totals == {**dict.fromkeys(STATES, 0), "described": 4}
    assert client.get("/api/videos", params={"state": "lost"}).status_code == 400


def test_a_video_shows_its_windows(client: httpx2.Client, films: World) -> None:
    video = client.get(f"/api/videos/{films.id('park.mp4')}").json()
    assert [(w["start"], w["end"], w["text"]) for w in video["described"]] == [
        (0, 10, "a man opens a door"),
        (10, 20, "a dog runs out"),
        (20, 30, "a tall tree"),
    ]
    assert client.get("/api/videos/" + "0" * 32).status_code == 404


def test_status_counts_and_says_whether_somebody_writes(
    client: httpx2.Client, films: World
) -> None:
    status = client.get("/api/status").json()
    assert (status["files"], status["windows"], status["states"]) == (4, 8, {"described": 4})
    assert status["run"]["writing"] is False
    assert status["run"]["progress"] is None
    assert [f["name"] for f in status["formats"]] == [f.name for f in FORMATS]
    with Library.open(films.library).writing():
        assert client.get("/api/status").json()["run"]["writing"] is True


def test_status_says_how_far_a_run_is(client: httpx2.Client, films: World) -> None:
    running = Running(3, 40, 180, 1_800_000, 21_600_000, 7_200.5, True, 3.0, "holiday.mp4", True)
    tell(films.library, running)
    try:
        assert client.get("/api/status").json()["run"]["progress"] == {
            "files_done": 3,
            "files": 40,
            "windows": 180,
            "video_seconds_done": 1800.0,
            "video_seconds_left": 21600.0,
            "seconds_left": 7200.5,
            "sure": True,
            "speed": 3.0,
            "name": "holiday.mp4",
            "quick_pass": True,
        }
        tell(films.library, replace(running, left_ms=None, seconds_left=math.inf, sure=False))
        progress = client.get("/api/status").json()["run"]["progress"]
        assert (progress["video_seconds_left"], progress["seconds_left"]) == (None, None)
    finally:
        ended(films.library)
    assert client.get("/api/status").json()["run"]["progress"] is None


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_every_format_can_be_downloaded(client: httpx2.Client, known: object) -> None:
    asked = {"q": "a dog", "min_confidence": 0, "format": known.name}
    reply = client.get("/api/playlist", params=asked)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-disposition"].endswith(f"a-dog{known.suffix}")
    assert b"park" in reply.content


def test_chosen_moments_become_a_playlist_in_their_order(
    client: httpx2.Client, films: World
) -> None:
    moments = [
        {"video": films.id("old film.avi"), "start": 2.5, "end": 5, "text": "smoke"},
        {"video": films.id("park.mp4"), "start": 11, "end": 14.25},
    ]
    reply = client.post("/api/playlist", json={"moments": moments, "title": "Zwei Züge"})
    root = etree.fromstring(reply.content)
    places = [node.text for node in root.iter(f"{XSPF}location")]
    assert [place.rsplit("/")[-1] for place in places] == ["old%20film.avi", "park.mp4"]
    assert b"start-time=2.500" in reply.content
    assert b"stop-time=14.250" in reply.content
    assert "filename*=UTF-8''zwei-z%C3%BCge.xspf" in reply.headers["content-disposition"]
    backwards = [{"video": films.id("park.mp4"), "start": 5, "end": 5}]
    assert client.post("/api/playlist", json={"moments": backwards}).status_code == 400


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


def test_what_another_process_writes_is_seen_at_once(films: World, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    library = Library.open(folder, create=True, embedder="fake:")
    put(library, films.films["park.mp4"], "a dog")
    with serving(site(folder, tmp_path / "cache")) as address:
        asked = {"q": "a zeppelin", "min_confidence": 0, "longest": "10s"}
        texts = [
            m["text"] for m in httpx2.get(f"{address}/api/search", params=asked).json()["moments"]
        ]
        assert "a zeppelin lands" not in texts
        put(Library.open(folder), films.films["old film.avi"], "a zeppelin lands")
        first = httpx2.get(f"{address}/api/search", params=asked).json()["moments"][0]
        assert first["text"] == "a zeppelin lands"


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


def test_lines_for_vlc(client: httpx2.Client, films: World) -> None:
    reply = client.get("/api/vlc", params={"q": "a steam train", "min_confidence": 0, "limit": 1})
    (line,) = reply.text.splitlines()
    uri, start, stop, _, time, film, words = line.split("\t")
    assert uri == films.films["old film.avi"].path.as_uri()
    assert (float(start), time, film) == (0.0, "0:00", "old film.avi")
    assert float(stop) > 0
    assert words == "a steam train arrives"
    assert client.get("/api/vlc", params={"q": "not:"}).text.startswith("!\tAt character 1 of")
    hostile = client.get("/api/vlc", params={"q": f'"{HOSTILE.split()[0]}"', "min_confidence": 0})
    assert all(len(line.split("\t")) in (2, 7) for line in hostile.text.splitlines())


def test_the_page_and_its_parts_are_small(client: httpx2.Client) -> None:
    parts = ["/", "/style.css", "/script.js", "/icon.svg"]
    assert sum(len(client.get(part).content) for part in parts) < 100_000
    policy = client.get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_text_gets_into_the_page_only_as_text() -> None:
    script = (Path(__file__).parents[3] / "serve/page/script.js").read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "DOMParser"):
        assert way not in script, way
    page = (Path(__file__).parents[3] / "serve/page/index.html").read_text("utf-8")
    assert "http" not in page
    assert "<style" not in page
    assert "onclick" not in page


def test_openapi_names_every_route_and_its_examples_hold(client: httpx2.Client) -> None:
    described = client.get("/api/openapi.json").json()
    assert {
        "/api/search",
        "/api/videos",
        "/api/videos/{video}",
        "/api/playlist",
        "/api/status",
    } <= set(described["paths"])
    tried = 0
    for name in dir(replies):
        model = getattr(replies, name)
        for example in (
            getattr(model, "model_config", {}).get("json_schema_extra", {}).get("examples", [])
        ):
            again = json.loads(model.model_validate(example).model_dump_json(exclude_unset=True))
            assert again == example, name
            tried += 1
    assert tried >= 7
    ChosenMoments.model_validate(ChosenMoments.model_config["json_schema_extra"]["examples"][0])
    parameters = described["paths"]["/api/search"]["get"]["parameters"]
    examples = {
        p["name"]: p["schema"]["examples"][0] for p in parameters if "examples" in p["schema"]
    }
    assert search(client, **examples)["moments"]


def test_a_model_that_looks_is_asked_where_there_is_one(
    client: httpx2.Client, films: World, tmp_path: Path
) -> None:
    assert client.get("/api/ask", params={"q": "who?"}).status_code == 404
    with serving(site(films.library, tmp_path, answerer=Seer(films.id("park.mp4")))) as address:
        asked = {"q": "a dog", "min_confidence": 0, "longest": "10s"}
        assert httpx2.get(f"{address}/api/status").json()["features"]["ask"]
        reply = httpx2.get(f"{address}/api/ask", params={**asked, "in": "park"})
        (answer,) = AnswersReply.model_validate(reply.json()).answers
        assert answer.answer == "a dog Only in park."
        park = films.id("park.mp4")
        place = {"q": "who?", "video": park, "start": 12.5, "end": 20}
        reply = httpx2.get(f"{address}/api/ask", params=place)
        assert reply.json()["answers"][0]["answer"] == "who? Only at park.mp4 12500 20000."
        for wrong, status in (({"start": 3}, 400), ({"video": "nowhere"}, 404)):
            refused = httpx2.get(f"{address}/api/ask", params={"q": "who?", **wrong})
            assert refused.status_code == status
            assert refused.json()["error"].endswith((".", "again."))
        seen = httpx2.get(f"{address}/api/verify", params=asked).json()["moments"]
        assert {m["verified"] for m in seen} == {True, False}


def test_a_library_made_over_with_another_embedder_is_opened_anew(
    films: World, tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    put(Library.open(folder, create=True, embedder="fake:"), films.films["park.mp4"], "a dog")
    with serving(site(folder, tmp_path / "cache")) as address:
        asked = {"q": "a dog", "min_confidence": 0}
        assert httpx2.get(f"{address}/api/search", params=asked).json()["moments"]
        Library.open(folder).reembed("fake:")
        again = httpx2.get(f"{address}/api/search", params=asked)
        assert again.status_code == 200, again.text
        assert again.json()["moments"][0]["text"] == "a dog"


def test_chosen_moments_open_in_the_player_of_this_machine(
    films: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    player = tmp_path / "bin" / "vlc"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\necho "$@" > {told}.part\nmv {told}.part {told}\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{player.parent}:{os.environ['PATH']}")
    moments = [{"video": films.id("park.mp4"), "start": 10, "end": 14, "text": "a dog"}]
    chosen = {"moments": moments, "title": "the dog"}
    with serving(site(films.library, tmp_path / "cache")) as address:
        assert httpx2.post(f"{address}/api/play", json=chosen, timeout=60).json() == {"moments": 1}
        until = time.monotonic() + 20
        while not told.exists():
            assert time.monotonic() < until
            time.sleep(0.05)
    playlist = Path(url2pathname(urlsplit(told.read_text().strip()).path))
    assert playlist.name == "the-dog.xspf"
    assert b"start-time=10.060" in playlist.read_bytes()
    with serving(site(films.library, tmp_path / "cache", token=SECRET)) as address:
        right = {"authorization": f"Bearer {SECRET}"}
        refused = httpx2.post(f"{address}/api/play", json=chosen, headers=right)
        assert refused.status_code == 404
