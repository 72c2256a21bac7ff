"""Sound: every layout on the player's clock, in one channel; pieces cut where it is quiet."""

from pathlib import Path

import numpy as np
import pytest

from indexer.errors import VideoError
from indexer.speech.transcribing.fake_transcriber import FakeTranscriber
from indexer.speech.transcribing.pieces import pieces
from indexer.speech.transcribing.sentences import sentences
from indexer.speech.transcribing.sound import RATE, blocks, mixed, track_of
from tests.speech_media import Sound, Tone, render_with_sound

TONES = (Tone(440, 1.0, 2.0), Tone(660, 5.0, 6.0))


def heard(path: Path, wanted: str = "") -> list[tuple[int, str]]:
    """Return when which tone begins, in ms, as a fake transcriber hears it."""
    ears = FakeTranscriber()
    found = []
    for piece in pieces(blocks(path, wanted)):
        voices = ears.voices(piece.samples)
        for said in sentences(ears.passages(piece.samples, voices), voices):
            found.append((said.start_ms + piece.start * 1000 // RATE, said.text.split()[3]))
    return found


def assert_tones(path: Path, expected: list[tuple[float, int]], wanted: str = "") -> None:
    found = heard(path, wanted)
    assert [pitch for _, pitch in found] == [str(pitch) for _, pitch in expected], found
    for (start_ms, _), (second, _) in zip(found, expected, strict=True):
        assert abs(start_ms - 1000 * second) <= 120, (found, expected)


@pytest.mark.parametrize(
    ("suffix", "codec", "rate", "layout"),
    [
        (".mp4", "aac", 44_100, "stereo"),
        (".mkv", "libmp3lame", 22_050, "mono"),
        (".mkv", "libopus", 48_000, "stereo"),
        (".mkv", "pcm_s16le", 8_000, "mono"),
        (".avi", "libmp3lame", 44_100, "stereo"),
        (".ts", "aac", 48_000, "stereo"),
    ],
)
def test_codecs_and_containers(
    tmp_path: Path, suffix: str, codec: str, rate: int, layout: str
) -> None:
    sound = Sound(TONES, codec, rate, layout)
    path = render_with_sound(tmp_path / f"a{suffix}", [sound])
    assert_tones(path, [(1.0, 440), (5.0, 660)])


def test_a_voice_in_the_centre_of_six_channels(tmp_path: Path) -> None:
    tones = [Tone(t.hertz, t.start_s, t.end_s, channel=2) for t in TONES]
    path = render_with_sound(tmp_path / "a.mkv", [Sound(tones, "ac3", 48_000, "5.1")])
    assert_tones(path, [(1.0, 440), (5.0, 660)])


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_sound_that_starts_late(tmp_path: Path, suffix: str) -> None:
    path = render_with_sound(tmp_path / f"a{suffix}", [Sound(TONES, starts_s=3.5)])
    assert_tones(path, [(4.5, 440), (8.5, 660)])


def test_a_transport_stream_that_begins_at_a_thousand_seconds(tmp_path: Path) -> None:
    path = render_with_sound(tmp_path / "a.ts", [Sound(TONES)], offset_s=1000)
    assert_tones(path, [(1.0, 440), (5.0, 660)])


def test_a_gap_in_the_time_stamps_is_silence(tmp_path: Path) -> None:
    sound = Sound(TONES, "pcm_s16le", 16_000, "mono", gap_s=3.0, gap_length_s=2.0)
    path = render_with_sound(tmp_path / "a.mkv", [sound])
    assert_tones(path, [(1.0, 440), (7.0, 660)])


def test_the_default_track_is_heard_unless_another_is_wanted(tmp_path: Path) -> None:
    low = Sound([Tone(300, 1, 2)], language="eng")
    high = Sound([Tone(900, 3, 4)], language="ger", default=True)
    path = render_with_sound(tmp_path / "a.mkv", [low, high])
    assert_tones(path, [(3.0, 900)])
    assert_tones(path, [(1.0, 300)], wanted="1")
    assert_tones(path, [(1.0, 300)], wanted="en")
    assert_tones(path, [(3.0, 900)], wanted="jp")
    track = track_of(path)
    assert track is not None
    assert (track.number, track.language) == (2, "ger")


@pytest.mark.parametrize(
    "tone",
    [
        Tone(440, 1, 2, channel=0),
        Tone(440, 1, 2, channel=1),
        Tone(440, 1, 2, sign=(1, -1)),
    ],
    ids=["left", "right", "opposite phase"],
)
def test_no_channel_is_lost(tmp_path: Path, tone: Tone) -> None:
    sound = Sound([tone], "pcm_s16le", 16_000)
    path = render_with_sound(tmp_path / "a.mkv", [sound])
    assert_tones(path, [(1.0, 440)])
    loudest = max(float(np.abs(block.samples).max()) for block in blocks(path))
    assert loudest > 0.3


def test_channels_that_agree_are_averaged() -> None:
    wave = np.sin(np.arange(1000) / 5).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 0.1, (2, 1000)).astype(np.float32)
    assert np.allclose(mixed(wave + noise), (wave + noise).mean(axis=0))


def test_a_video_without_sound(tmp_path: Path) -> None:
    path = render_with_sound(tmp_path / "a.mp4", [])
    assert track_of(path) is None
    assert list(blocks(path)) == []


def test_damaged_packets_are_stepped_over(tmp_path: Path) -> None:
    path = render_with_sound(tmp_path / "a.ts", [Sound(TONES)])
    data = bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : third + 4_000] = bytes(4_000)
    path.write_bytes(bytes(data))
    assert heard(path)


def test_a_file_that_is_none_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(VideoError):
        list(blocks(path))
