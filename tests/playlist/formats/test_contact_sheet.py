"""The contact sheet: what a person needs to know of a moment, and a way into VLC."""

import base64
import re
from dataclasses import replace
from pathlib import Path

from lxml import etree, html

from indexer.video import Video
from indexer.windows import Window
from playlist.formats.contact_sheet import render
from playlist.formats.registry import format_for
from playlist.tracks import track
from tests.media import render as render_video
from tests.media import steady
from tests.playlist.formats.tracks_to_write import video

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


def test_folder_date_and_what_was_said_are_shown() -> None:
    page = html.fromstring(made("<b>.mkv", said="sit & stay <now>"))
    names = [node.text_content() for node in page.find_class("name")]
    assert names == ["<b>.mkv · lake & garda · 2024-05-12"] * 2
    assert [node.text_content() for node in page.find_class("said")] == ["sit & stay <now>"] * 2
    assert html.fromstring(made("a.mkv")).find_class("said") == []


def test_links_hold_playlists_for_vlc() -> None:
    page = html.fromstring(made("a.mkv"))
    links = page.find_class("vlc")
    assert [link.text_content() for link in links] == ["All in VLC", "VLC", "VLC"]
    starts = []
    for link in links:
        assert link.get("download").endswith(".xspf")
        kind, _, data = link.get("href").partition(";base64,")
        assert kind == "data:application/xspf+xml"
        playlist = etree.fromstring(base64.b64decode(data))
        starts.append(re.findall(r"start-time=([\d.]+)", etree.tostring(playlist).decode()))
        assert next(playlist.iter("{*}location")).text == "file:///v/lake%20%26%20garda/a.mkv"
    assert starts == [["10.000", "30.000"], ["10.000"], ["30.000"]]
    assert len(page.find_class("time")) == 2, "the browser's own links are there too"


def test_a_page_with_relative_names_has_no_such_link() -> None:
    known = Video(Path("/v/a.mkv"), "f", 1, 0, 60_000, Window(0, 60_000), 64, 48)
    placed = replace(track(known, 0, 5_000, "a dog"), uri="./a.mkv", place="a.mkv")
    assert b'class="vlc"' not in render([placed], "dogs")


def test_the_contact_sheet_stands_alone(tmp_path: Path) -> None:
    path = render_video(tmp_path / "a.mkv", steady(8))
    made = [track(video(str(path), 8_000), 2_000, 4_000, "<script>alert(1)</script>")]
    page = format_for(None, "html").render(made, "<b>q</b>").decode()
    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("data:image/jpeg;base64,") == 1
    assert "http://" not in page
    assert "https://" not in page
    assert f"{path.as_uri()}#t=2.000,4.000" in page
