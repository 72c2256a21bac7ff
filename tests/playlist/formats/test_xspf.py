"""XSPF: valid whatever the words, any path a URI."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from indexer.video import Video
from indexer.windows import Window
from playlist.formats.xspf import render
from playlist.tracks import Track, track

HERE = Path(__file__).parent
SCHEMA = etree.RelaxNG(etree.parse(HERE / "xspf.rng"))


def video(path: str = "/films/a.mp4", duration_ms: int = 60_000) -> Video:
    return Video(Path(path), "f", 1, 2, duration_ms, Window(0, max(1, duration_ms)), 64, 48)


hostile = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["]]>", "<b>&amp;</b>", "\x00\x1b[31m", "a\u2028b", "\ud800", "\ufffe", "  ", "--> <!--"]
)


@given(st.lists(hostile, min_size=1, max_size=4), hostile)
def test_xspf_is_valid_whatever_the_words(texts: list[str], title: str) -> None:
    tracks = [track(video(), 1_000 * i, 1_000 * i + 900, text) for i, text in enumerate(texts)]
    root = etree.fromstring(render(tracks, title))
    SCHEMA.assertValid(root)
    assert len(root.findall(".//{*}track")) == len(texts)
    for element in root.iter():
        assert element.text is None or "\n" not in element.text.strip("\n ")


@pytest.mark.skipif(sys.platform == "win32", reason="not a Windows path")
@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_any_path_becomes_a_uri(name: str) -> None:
    made = Track(video(f"/films/{name}"), 0, 1_000, "t", "x")
    root = etree.fromstring(render([made], "q"))
    SCHEMA.assertValid(root)
