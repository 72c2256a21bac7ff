"""How long listening will take."""

from pathlib import Path

from indexer.speech.estimate import estimate
from indexer.speech.speech_ledger import NoMemory
from indexer.speech.speech_run import SpeechJob
from indexer.speech.transcribing.supervisor import SpeechWorker
from tests.indexer.speech.listening import LISTENER, TALK
from tests.speech_media import Sound, render_with_sound


def test_an_estimate_goes_by_voices_not_by_length(tmp_path: Path) -> None:
    path = render_with_sound(tmp_path / "a.mp4", [Sound(TALK)])
    found = estimate(SpeechJob([path], SpeechWorker, LISTENER), NoMemory(), LISTENER)
    assert found.files == 1
    assert abs(found.sound_ms - 12_000) < 200
    assert 1_000 < found.voice_ms < 4_500
    assert found.seconds is not None
