"""The HTTP API over a small library: search, videos, playlists, pictures, films."""

import json
import math
import os
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx2
import pytest
from lxml import etree

from playlist.formats.registry import FORMATS
from search import Library
from search.catalogue.file_states import STATES
from search.query.parser import QueryError
from search.run_status import Running, ended, tell
from serve.answerer import AnswersReply
from serve.schemas import replies
from serve.schemas.requests import ChosenMoments
from tests.serving import SECRET, Seer, World, put, serving, site

XSPF = "{http://xspf.org/ns/0/}"


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
