"""Pictures as a screen shows them: turned, stretched, of one field, in ordinary light."""

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from shutil import which

import av
import numpy as np
import pytest
from av.video.reformatter import ColorTrc
from numpy.typing import NDArray

from indexer.media.frame_conversion import ordinary, turned
from indexer.media.readers.reader import READERS, open_reader
from indexer.media.thumbnails import still
from indexer.media.timeline import read_timeline
from indexer.windows import Window
from tests.indexer.media.shown_frames import luma, usable
from tests.media import HEIGHT, WIDTH, render, steady


def top_left(frame: int, file: int) -> NDArray[np.uint8]:
    """A grey picture with a white top-left quarter."""
    picture = np.full((120, 160, 3), 60, np.uint8)
    picture[:60, :80] = 250
    return picture


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, (0, 0)), (90, (1, 0)), (180, (1, 1)), (270, (0, 1))]
)
def test_rotation_is_applied(tmp_path: Path, rotation: int, corner: tuple[int, int]) -> None:
    """As ffmpeg shows it: its own picture of the file is the judge where it is installed."""
    path = render(tmp_path / "turned.mp4", steady(1), picture=top_left, rotation=rotation)
    timeline = read_timeline(path)
    expected = (120, 160) if rotation in {90, 270} else (160, 120)
    assert (timeline.width, timeline.height) == expected
    (clip,) = open_reader("pyav", timeline, 160).clips([Window(0, 1_000)], 1)
    picture = luma(clip.frames[0])
    half = picture.shape[0] // 2, picture.shape[1] // 2
    bright = [
        (row, column)
        for row in (0, 1)
        for column in (0, 1)
        if picture[row * half[0] :, column * half[1] :][: half[0], : half[1]].mean() > 200
    ]
    assert bright == [corner]
    if which("ffmpeg"):
        raw = subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-i", str(path), "-frames:v", "1"),
                *("-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
            ],
            check=True,
            capture_output=True,
            timeout=300,
        ).stdout
        shown = np.frombuffer(raw, np.uint8).reshape(clip.frames[0].shape)
        assert np.abs(shown.astype(int) - clip.frames[0]).mean() < 3


def test_pixels_that_are_not_square_are_stretched(tmp_path: Path) -> None:
    path = render(tmp_path / "wide.mkv", steady(1), sample_aspect=Fraction(4, 3))
    timeline = read_timeline(path)
    assert (timeline.width, timeline.height) == (round(WIDTH * 4 / 3), HEIGHT)
    for reader in READERS:
        (clip,) = open_reader(reader, timeline, 1_000).clips([Window(0, 1_000)], 1)
        assert clip.frames.shape[1:3] == (HEIGHT, round(WIDTH * 4 / 3))


def combed(frame: int, file: int) -> NDArray[np.uint8]:
    """Two fields of a film that flickers: every other line is another picture."""
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    picture[1::2] = 220
    return picture


def test_of_interlaced_video_one_field_is_seen(tmp_path: Path) -> None:
    path = render(tmp_path / "tv.mkv", steady(2), picture=combed, kind="interlaced")
    timeline = read_timeline(path)
    assert not timeline.plain
    assert not usable(path, "decord"), "decord would show combs"
    (clip,) = open_reader("pyav", timeline, WIDTH).clips([Window(0, 2_000)], 2)
    assert clip.frames.shape[1:3] == (HEIGHT, WIDTH)
    assert luma(clip.frames[0]).std() < 12


def pq(light: float) -> float:
    """The PQ signal of a light in cd/m2: SMPTE ST 2084, equation 5."""
    power = (light / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(light: float) -> float:
    """The HLG signal of a grey of a light in cd/m2, on a screen of 1,000: ITU-R BT.2100."""
    scene = (light / 1000) ** (1 / 1.2)
    if scene <= 1 / 12:
        return float(np.sqrt(3 * scene))
    return float(0.17883277 * np.log(12 * scene - 0.28466892) + 0.55991073)


@pytest.mark.parametrize(
    ("curve", "transfer"),
    [(pq, ColorTrc.SMPTE2084), (hlg, ColorTrc.ARIB_STD_B67)],
    ids=["PQ", "HLG"],
)
def test_hdr_is_shown_as_on_an_ordinary_screen(
    curve: Callable[[float], float], transfer: ColorTrc
) -> None:
    """White is light but not blinding, 18 % grey is in the middle, highlights still differ."""
    lights = [0.0, 0.18 * 203, 203, 600, 1_000]
    signal = np.array([[curve(light)] * 3 for light in lights], np.float32)
    black, grey, white, bright, peak = ordinary(signal, transfer)[:, 0].tolist()
    assert black <= 2
    assert 95 < grey < 130
    assert 175 < white < 215
    assert white + 20 < bright < peak >= 250
    red = np.array([[curve(150), curve(1), curve(1)]], np.float32)
    assert ordinary(red, transfer)[0].argmax() == 0


@pytest.mark.shared
def test_a_filmed_hdr_clip_is_not_washed_out(shared_media: Path) -> None:
    path = shared_media / "exo_hdr10-video-with-sdr-container.mp4"
    if not path.exists():
        pytest.skip("no such clip")
    timeline = read_timeline(path)
    assert not timeline.plain
    (clip,) = open_reader("pyav", timeline, 320).clips([Window(0, 1_000)], 1)
    spread = clip.frames[0].astype(int).max(-1) - clip.frames[0].astype(int).min(-1)
    assert spread.mean() > 25, "the sky is blue and the wall orange"


def with_matrix(path: Path, *values: float) -> Path:
    """Write another display matrix (a, b, c, d) into an mp4's track header."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (round(value * 65_536) for value in values)
    cells = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data[at : at + 36] = b"".join(cell.to_bytes(4, "big", signed=True) for cell in cells)
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize(
    ("matrix", "degrees"),
    [
        ((1, 0, 0, 1), 0),
        ((0, 1, -1, 0), 90),
        ((-1, 0, 0, -1), 180),
        ((0, -1, 1, 0), 270),
        ((0.7986, 0.6018, -0.6018, 0.7986), 0),  # 37 degrees
        ((0.5, 0.866, -0.866, 0.5), 90),  # 60 degrees
        ((0, 0, 0, 0), 0),  # no rotation at all
    ],
)
def test_a_matrix_turns_a_picture_by_right_angles_only(
    tmp_path: Path, matrix: tuple[float, ...], degrees: int
) -> None:
    path = with_matrix(render(tmp_path / "clip.mp4", steady(1)), *matrix)
    timeline = read_timeline(path)
    assert timeline.rotation == degrees
    across = degrees in {90, 270}
    assert (timeline.width > timeline.height) is not across
    picture = still(path, 0, WIDTH)
    assert (picture.shape[1] > picture.shape[0]) is not across
    with av.open(str(path)) as container:
        assert turned(next(container.decode(video=0))) == degrees
