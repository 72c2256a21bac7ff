"""Every format: as it was (golden), read back by somebody else's reader, played by real players."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from indexer.errors import RequestError
from indexer.media.thumbnails import frame_rate
from indexer.video import Video
from indexer.windows import Window
from playlist.formats.registry import FORMATS, NAMES, Format, format_for
from playlist.path_mapping import Places, mappings
from playlist.tracks import Track, track
from playlist.write_playlist import publish
from tests.indexer.media.shown_frames import luma
from tests.media import read_barcode, render, steady

GOLDEN = Path(__file__).parent / "golden"
NTSC = Fraction(30_000, 1_001)


def video(path: str, duration_ms: int = 60_000) -> Video:
    return Video(Path(path), "f", 1, 2, duration_ms, Window(0, duration_ms), 640, 360)


TRACKS = [
    replace(
        track(
            video("/films/Jürgen's 100% #1 & co?.mkv"), 12_040, 33_333, 'A "dog" & a <cat> - 日本'
        ),
        score=0.91,
    ),
    replace(track(video("/films/b.mp4", 15_500), 9_000, 15_500, "=Rain, then sun."), score=0.5),
]


@pytest.mark.skipif(sys.platform == "win32", reason="the golden files have POSIX paths")
@pytest.mark.parametrize("known", FORMATS, ids=NAMES)
def test_the_bytes_are_as_they_were(known: Format) -> None:
    data = known.render(TRACKS, "dogs & cats")
    golden = GOLDEN / f"{known.name}{known.suffix}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(data)
    assert data == golden.read_bytes()


@pytest.mark.parametrize("known", FORMATS, ids=NAMES)
@given(text=st.text(st.characters(), max_size=40), title=st.text(st.characters(), max_size=20))
def test_no_words_break_a_format(known: Format, text: str, title: str) -> None:
    made = [track(video("/films/a.mkv"), 1_000, 3_000, text)]
    data = known.render(made, title)
    assert data
    data.decode("utf-8")


def test_names_and_suffixes_choose_a_format() -> None:
    assert len(set(NAMES)) == len(NAMES)
    by_suffix = [known.suffix for known in FORMATS if known.by_suffix]
    assert len(set(by_suffix)) == len(by_suffix)
    with pytest.raises(RequestError, match=r"\.docx: use one of \.xspf, .*\.mp4, \.mkv, \.mov\.$"):
        format_for(Path("x.docx"))
    for known in FORMATS:
        assert format_for(None, known.name) is known
    assert format_for(Path("x.edl")).name == "mpv-edl"
    assert format_for(Path("x.edl"), "cmx3600").name == "cmx3600"
    with pytest.raises(RequestError, match="no format"):
        format_for(None, "docx")


def test_data_formats_hold_every_moment() -> None:
    whole = json.loads(format_for(None, "json").render(TRACKS, "q"))
    assert whole["query"] == "q"
    lines = [
        json.loads(line) for line in format_for(None, "jsonl").render(TRACKS, "q").splitlines()
    ]
    table = list(csv.DictReader(io.StringIO(format_for(None, "csv").render(TRACKS, "q").decode())))
    for made, one, two, three in zip(TRACKS, whole["moments"], lines, table, strict=True):
        for facts in (one, two):
            assert facts["video"] == str(made.video.path)
            assert (facts["start"], facts["end"]) == (made.start_ms / 1000, made.end_ms / 1000)
            assert (facts["score"], facts["text"]) == (made.score, made.text)
        assert float(three["start"]) == made.start_ms / 1000
        assert three["text"].lstrip("'") == made.text
    assert table[1]["text"] == "'=Rain, then sun.", "no formula for a spreadsheet"


def test_ffmpeg_reads_the_chapters(tmp_path: Path) -> None:
    path = tmp_path / "chapters.vtt"
    path.write_bytes(format_for(path).render(TRACKS, "q"))
    with av.open(str(path)) as container:
        packets = [p for p in container.demux() if p.size]
    starts = [int(p.pts * p.time_base * 1000) for p in packets]
    assert starts == sorted(made.start_ms for made in TRACKS)


@pytest.mark.parametrize("rate", [Fraction(25), NTSC, Fraction(24_000, 1_001)])
@pytest.mark.parametrize(
    ("name", "adapter"), [("otio", "otio_json"), ("fcp-xml", "fcp_xml"), ("cmx3600", "cmx_3600")]
)
def test_opentimelineio_reads_the_edit_lists(name: str, adapter: str, rate: Fraction) -> None:
    """Every clip keeps its file and its times to the frame, at NTSC rates too."""
    made = [replace(one, rate=rate) for one in TRACKS]
    text = format_for(None, name).render(made, "q").decode()
    options = {"rate": float(rate)} if adapter == "cmx_3600" else {}
    timeline = otio.adapters.read_from_string(text, adapter, **options)
    clips = list(timeline.find_clips())
    for clip, one in zip(clips, made, strict=True):
        if name != "cmx3600":  # which shortens them
            assert clip.name == one.title
        assert clip.media_reference.target_url == one.location
        assert abs(clip.source_range.start_time.to_seconds() - one.start_ms / 1000) <= 1 / rate
        assert abs(clip.source_range.duration.to_seconds() - one.length_ms / 1000) <= 1 / rate


def seconds(text: str | None) -> Fraction:
    assert text is not None
    return Fraction(text.removesuffix("s"))


@pytest.mark.parametrize("rate", [Fraction(25), NTSC, Fraction(60_000, 1_001)])
def test_fcpxml_is_exact(rate: Fraction) -> None:
    """Times are whole frames, clips follow each other without a gap, references resolve."""
    made = [replace(one, rate=rate) for one in TRACKS]
    root = etree.fromstring(format_for(None, "fcpxml").render(made, "q"))
    formats = {node.get("id"): seconds(node.get("frameDuration")) for node in root.iter("format")}
    assert set(formats.values()) == {1 / rate}
    assets = {node.get("id"): node for node in root.iter("asset")}
    place = Fraction(0)
    for clip, one in zip(root.iter("asset-clip"), made, strict=True):
        asset = assets[clip.get("ref")]
        assert asset[0].get("src") == one.location
        assert seconds(clip.get("offset")) == place
        for name in ("offset", "start", "duration"):
            assert (seconds(clip.get(name)) * rate).denominator == 1
        assert abs(seconds(clip.get("start")) - Fraction(one.start_ms, 1000)) <= 1 / rate
        assert seconds(clip.get("start")) + seconds(clip.get("duration")) <= (
            seconds(asset.get("duration")) + 1 / rate
        )
        place += seconds(clip.get("duration"))
    sequence = root.find(".//sequence")
    assert sequence is not None
    assert seconds(sequence.get("duration")) == place


def test_another_program_reads_the_fcpxml() -> None:
    """OpenTimelineIO's own reader, at a rate that it can count in."""
    pytest.importorskip("otio_fcpx_xml_adapter")
    text = format_for(None, "fcpxml").render(TRACKS, "q").decode()
    clips = list(otio.adapters.read_from_string(text, "fcpx_xml")[0].find_clips())
    for clip, one in zip(clips, TRACKS, strict=True):
        assert clip.name == one.title
        assert abs(clip.source_range.duration.to_seconds() - one.length_ms / 1000) <= 1 / 25


@pytest.mark.parametrize("name", ["mpv-edl", "mpv-m3u"])
def test_mpv_plays_exactly_the_moments(tmp_path: Path, name: str) -> None:
    """Real mpv writes what it plays to a file; the barcodes say which frames those were."""
    if shutil.which("mpv") is None:
        if os.environ.get("SCENELIST_REQUIRE_VLC"):
            pytest.fail("mpv is not installed, and these tests must run")
        pytest.skip("mpv is not installed")
    path = render(tmp_path / "a, b=c; %5% 日本.mkv", steady(16), 3, gop=125)
    known = format_for(None, name)
    moments = [(3_200, 4_720), (12_040, 13_320)]
    made = [track(video(str(path), 16_000), *moment, "x, =%y%") for moment in moments]
    playlist, out = tmp_path / f"list{known.suffix}", tmp_path / "out.mkv"
    publish(made, "q", playlist, known)
    subprocess.run(
        ["mpv", "--no-config", "--no-audio", str(playlist), f"--o={out}", "--ovc=ffv1"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with av.open(str(out)) as container:
        shown = [
            read_barcode(luma(frame.to_ndarray(format="rgb24")))[0]
            for frame in container.decode(video=0)
        ]
    assert shown == [i for start, end in moments for i in range(start // 40, end // 40)]


def test_frame_rates_are_the_usual_ones(tmp_path: Path) -> None:
    assert frame_rate(render(tmp_path / "a.mkv", steady(4))) == 25
    assert frame_rate(render(tmp_path / "b.mp4", [round(i * 1001 / 30) for i in range(90)])) == NTSC
    assert frame_rate(tmp_path / "gone.mp4") == 25


def place(here: str, text: str) -> Track:
    return Places(mappings([text])).placed(track(video(here), 0, 2_000, "x"))


@pytest.mark.skipif(sys.platform == "win32", reason="maps POSIX paths")
@pytest.mark.parametrize(
    ("text", "uri", "file"),
    [
        ("/mnt/nas=//nas/video", "file://nas/video/a%20b/%231.mp4", "\\\\nas\\video\\a b\\#1.mp4"),
        ("/mnt/nas=Z:/", "file:///Z:/a%20b/%231.mp4", "Z:\\a b\\#1.mp4"),
        ("/mnt/nas=/Volumes/v", "file:///Volumes/v/a%20b/%231.mp4", "/Volumes/v/a b/#1.mp4"),
        ("/mnt/nas=smb://nas/v", "smb://nas/v/a%20b/%231.mp4", "smb://nas/v/a%20b/%231.mp4"),
        ("/mnt/other=Z:/", "file:///mnt/nas/a%20b/%231.mp4", "/mnt/nas/a b/#1.mp4"),
    ],
)
def test_one_index_serves_other_systems(text: str, uri: str, file: str) -> None:
    placed = place("/mnt/nas/a b/#1.mp4", text)
    assert (placed.location, placed.file) == (uri, file)


@pytest.mark.parametrize("text", ["nonsense", "/a=", "=Z:/", "/a=relative/path"])
def test_a_wrong_mapping_is_refused_in_words(text: str) -> None:
    with pytest.raises(RequestError, match="HERE=THERE"):
        mappings([text])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")
def test_relative_places_count_from_the_playlist() -> None:
    places = Places(relative_to=Path("/films/lists"))
    inside = places.placed(track(video("/films/lists/a:b #.mp4"), 0, 2_000, "x"))
    beside = places.placed(track(video("/films/x/b.mp4"), 0, 2_000, "x"))
    assert (inside.location, beside.location) == ("./a%3Ab%20%23.mp4", "../x/b.mp4")


def test_mapped_files_need_not_be_here(tmp_path: Path) -> None:
    made = [track(video("/mnt/nas/a.mp4"), 0, 2_000, "x")]
    assert publish(made, "q", None, FORMATS[0]).missing == 1
    mapped = publish(made, "q", None, FORMATS[0], Places(mappings(["/mnt/nas=Z:/"])))
    assert mapped.missing == 0
    assert b"file:///Z:/a.mp4" in mapped.data


def test_the_contact_sheet_stands_alone(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", steady(8))
    made = [track(video(str(path), 8_000), 2_000, 4_000, "<script>alert(1)</script>")]
    page = format_for(None, "html").render(made, "<b>q</b>").decode()
    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("data:image/jpeg;base64,") == 1
    assert "http://" not in page
    assert "https://" not in page
    assert f"{path.as_uri()}#t=2.000,4.000" in page


def test_a_list_of_one_rate_says_which_clips_do_not_fit(tmp_path: Path) -> None:
    steady_one = render(tmp_path / "a.mkv", steady(4))
    ntsc_one = render(tmp_path / "b.mp4", [round(i * 1001 / 30) for i in range(90)])
    made = [track(video(str(p), 3_000), 0, 2_000, "x") for p in (steady_one, steady_one, ntsc_one)]
    known = format_for(None, "cmx3600")
    assert publish(made, "q", None, known).recounted == 1
    assert publish(made, "q", None, known, rate=NTSC).recounted == 2
    assert b"00:00:02;00" in publish(made, "q", None, known, rate=NTSC).data
    assert publish(made, "q", None, format_for(None, "otio")).recounted == 0
