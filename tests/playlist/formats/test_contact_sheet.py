"""The contact sheet: what a person needs to know of a moment, and a way into VLC."""

import base64
import re
from dataclasses import replace
from pathlib import Path

from lxml import etree, html

from indexer.video import Video
from indexer.windows import Window
from playlist.formats.contact_sheet import render
from playlist.last_answer import LastAnswer, keep, last
from playlist.tracks import track, tracks_of_moments
from search.ranking.moments import Moment

VIDEO = Video(Path("/v/a.mkv"), "f", 1, 0, 60_000, Window(0, 60_000), 64, 48)
MAY_2024 = 1_715_515_200_000  # noon on 12 May 2024, UTC


def made(name: str, said: str = "") -> bytes:
    known = Video(
        Path("/v/lake & garda") / name, "f", 1, 0, 60_000, Window(0, 60_000), 64, 48,
        recorded_ms=MAY_2024,
    )  # fmt: skip
    return render(
        [
            replace(track(known, start_ms, start_ms + 5_000, "a dog"), transcript=said)
            for start_ms in (10_000, 30_000)
        ],
        "dogs",
    )


def words(page: html.HtmlElement, kind: str) -> list[str]:
    return [node.text_content() for node in page.find_class(kind)]


def test_folder_date_and_what_was_said_are_shown() -> None:
    page = html.fromstring(made("<b>.mkv", said="sit & stay <now>"))
    names = [node.text_content() for node in page.find_class("name")]
    assert names == ["<b>.mkv · lake & garda · 2024-05-12"] * 2
    assert words(page, "said") == ["said: sit & stay <now>"] * 2
    assert words(page, "seen") == ["seen: a dog"] * 2
    silent = html.fromstring(made("a.mkv"))
    assert (words(silent, "said"), words(silent, "seen")) == ([], ["a dog"] * 2)


def test_a_moment_found_by_what_is_said_tells_what_is_seen_too(tmp_path: Path) -> None:
    moment = Moment(VIDEO, 1_000, 5_000, 1.0, "a man on a stage", "we must go", said="we must go")
    heard = replace(moment, text="")
    tracks = tuple(tracks_of_moments([moment, heard]))
    keep(LastAnswer("go", tmp_path, tracks), tmp_path)
    for some in (tracks, last(tmp_path).tracks):
        page = html.fromstring(render(some, "go"))
        assert words(page, "said") == ["said: we must go"] * 2
        assert words(page, "seen") == ["seen: a man on a stage"]
        assert "“" not in page.text_content()


def test_links_hold_playlists_for_vlc() -> None:
    page = html.fromstring(made("a.mkv"))
    links = page.find_class("vlc")
    told = [link.text_content() for link in links]
    assert told == ["VLC playlist of all", "VLC playlist", "VLC playlist"]
    named = [link.get("download") for link in links]
    assert named == ["dogs.xspf", "a-0-10.xspf", "a-0-30.xspf"], "by the film and the time"
    starts = []
    for link in links:
        assert link.get("title") == "A playlist for VLC: open it"
        kind, _, data = link.get("href").partition(";base64,")
        assert kind == "data:application/xspf+xml"
        playlist = etree.fromstring(base64.b64decode(data))
        starts.append(re.findall(r"start-time=([\d.]+)", etree.tostring(playlist).decode()))
        assert next(playlist.iter("{*}location")).text == "file:///v/lake%20%26%20garda/a.mkv"
    assert starts == [["10.000", "30.000"], ["10.000"], ["30.000"]]
    assert len(page.find_class("time")) == 2, "the browser's own links are there too"


def test_a_page_with_relative_names_has_no_such_link() -> None:
    placed = replace(track(VIDEO, 0, 5_000, "a dog"), uri="./a.mkv", place="a.mkv")
    assert b'class="vlc"' not in render([placed], "dogs")
