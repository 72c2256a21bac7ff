"""Clips: exact when encoded anew, from the keyframe before when copied; joined in order."""

from pathlib import Path

import av
import numpy as np
import pytest

from indexer.errors import PlaylistError, VideoError
from indexer.media.cutting import Cut, copy_cut, encode_cuts
from indexer.video import Video
from indexer.windows import Window
from playlist.clips import cut_apart, join
from playlist.tracks import track
from tests.indexer.media.shown_frames import luma
from tests.media import read_barcode, render, steady
from tests.speech_media import Sound, Tone, render_with_sound


def test_what_has_no_times_cannot_be_copied_and_says_so(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.avi", steady(2), kind="B pyramid")
    with pytest.raises(VideoError, match="no times of their own"):
        copy_cut(Cut(path, 0, 1_000), tmp_path / "copy.mkv")
    assert not (tmp_path / "copy.mkv").exists()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("cut") / "clip.mkv", steady(16), 5, gop=50)


def shown(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [
            read_barcode(luma(frame.to_ndarray(format="rgb24")))[0]
            for frame in container.decode(video=0)
        ]


def video(path: Path) -> Video:
    return Video(path, "f", 1, 2, 16_000, Window(0, 16_000), 320, 64)


def test_an_exact_cut_is_exact(path: Path, tmp_path: Path) -> None:
    encode_cuts([Cut(path, 3_200, 4_720)], tmp_path / "out.mp4")
    assert shown(tmp_path / "out.mp4") == list(range(80, 118))


def test_a_copied_cut_starts_at_the_keyframe_before(path: Path, tmp_path: Path) -> None:
    for suffix in (".mkv", ".mp4"):
        copy_cut(Cut(path, 5_000, 7_000), tmp_path / f"out{suffix}")
        frames = shown(tmp_path / f"out{suffix}")
        assert frames[0] == 100, "the keyframe at 4 s"
        assert {*range(125, 170)} <= set(frames)
        assert max(frames) < 180


def test_cuts_are_joined_in_order_with_sound_as_long_as_the_picture(
    path: Path, tmp_path: Path
) -> None:
    made = [track(video(path), start, start + 1_200, "x") for start in (8_000, 2_000)]
    join(made, tmp_path / "film.mp4")
    assert shown(tmp_path / "film.mp4") == [*range(200, 230), *range(50, 80)]
    with av.open(str(tmp_path / "film.mp4")) as container:
        sound = container.streams.audio[0]
        samples = sum(frame.samples for frame in container.decode(sound))
    assert samples / 48_000 == pytest.approx(2.4, abs=0.1)


def test_sound_is_kept_in_step(tmp_path: Path) -> None:
    """A tone that begins at 3 s begins 1 s into a cut from 2 s."""
    source = tmp_path / "tone.mkv"
    with av.open(str(source), "w") as container:
        picture = container.add_stream("libx264", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for i in range(150):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")
            frame.pts = i
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        times = np.arange(6 * 48_000) / 48_000
        wave = (20_000 * np.sin(2 * np.pi * 440 * times) * (times >= 3)).astype(np.int16)
        for i in range(0, len(wave), 4_800):
            block = av.AudioFrame.from_ndarray(wave[None, i : i + 4_800], "s16", "mono")
            block.sample_rate, block.pts = 48_000, i
            container.mux(sound.encode(block))
        container.mux(sound.encode())
    encode_cuts([Cut(source, 2_000, 5_000)], tmp_path / "out.mp4")
    assert begins_s(tmp_path / "out.mp4") == pytest.approx(1.0, abs=0.06)


def test_sound_that_begins_after_the_cut_is_not_early(tmp_path: Path) -> None:
    """A track that begins at 2 s begins 2 s into a cut from the start, 1 s into one from 1 s."""
    late = Sound((Tone(440, 0, 4),), seconds=4, starts_s=2.0)
    source = render_with_sound(tmp_path / "late.mkv", [late], seconds=6)
    for start_ms, expected_s in ((0, 2.0), (1_000, 1.0), (3_000, 0.0)):
        encode_cuts([Cut(source, start_ms, 5_000)], tmp_path / f"{start_ms}.mp4")
        assert begins_s(tmp_path / f"{start_ms}.mp4") == pytest.approx(expected_s, abs=0.06)


def begins_s(path: Path) -> float:
    """Return when something is heard first."""
    with av.open(str(path)) as container:
        frames = container.decode(container.streams.audio[0])
        heard = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    return int(np.argmax(np.abs(heard) > 0.2)) / 48_000


def test_a_folder_of_clips(path: Path, tmp_path: Path) -> None:
    made = [track(video(path), start, start + 1_000, f"words {start}") for start in (1_000, 9_000)]
    paths = [c.path for c in cut_apart(made, tmp_path / "clips", reencode=True) if c.path]
    assert [p.name for p in paths] == ["01-words-1000.mp4", "02-words-9000.mp4"]
    assert sorted(p.name for p in (tmp_path / "clips").iterdir()) == [p.name for p in paths]
    (copied,) = cut_apart(made[:1], tmp_path / "copies", reencode=False)
    assert copied.path is not None
    assert copied.path.suffix == ".mkv"


def test_what_cannot_be_cut_is_one_sentence(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video")
    with pytest.raises(PlaylistError, match="cannot be cut"):
        join([track(video(bad), 0, 1_000, "x")], tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
