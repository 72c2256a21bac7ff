"""Listening in a process of its own, which may die or hang."""

import os
import signal
from pathlib import Path

import pytest

from indexer.errors import VideoError
from indexer.processes.supervisor import Child
from indexer.speech.speech_run import SpeechJob, Worded, listen
from indexer.speech.transcribing.messages import ListenOrder
from indexer.speech.transcribing.supervisor import SpeechWorker
from search import Library
from tests.indexer.speech.listening import FAKE, LISTENER, TALK, words
from tests.speech_media import Sound, Tone, render_with_sound


def test_a_real_process_listens(library: Library, tmp_path: Path) -> None:
    path = render_with_sound(tmp_path / "a.mp4", [Sound(TALK)])
    with library.writing() as writer:
        list(listen(SpeechJob([path], SpeechWorker, LISTENER), writer))
    assert words(library, path) == ["A tone of 440 hertz.", "A tone of 660 hertz."]
    first, second = library.sentences(path)
    assert abs(first.start_ms - 1_000) < 150
    assert abs(second.start_ms - 3_000) < 150


def test_a_process_that_dies_costs_a_files_words(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = render_with_sound(tmp_path / "one.mp4", [Sound(TALK)])
    two = render_with_sound(tmp_path / "two.mp4", [Sound([Tone(880, 1, 2)])])
    send = Child.send

    def killed(child: Child, order: object) -> None:
        if isinstance(order, ListenOrder) and order.path == one:
            os.kill(child.process.pid, signal.SIGKILL)
        send(child, order)

    monkeypatch.setattr(Child, "send", killed)
    with library.writing() as writer:
        news = list(listen(SpeechJob([one, two], SpeechWorker, LISTENER), writer))
    worded = [item for item in news if isinstance(item, Worded)]
    assert [("crashed" in item.record.note) for item in worded] == [True, False]
    assert words(library, two) == ["A tone of 880 hertz."]


def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = render_with_sound(tmp_path / "a.mp4", [Sound(TALK)])
    worker = SpeechWorker(patience_s=60)
    worker.meet(path, "")
    assert worker._orders.child is not None
    process = worker._orders.child.process
    os.kill(process.pid, signal.SIGSTOP)
    worker._patience_s = 0.5
    with pytest.raises(VideoError, match="hangs"):
        list(worker.listen(ListenOrder(path, "", LISTENER.options, FAKE, 0)))
    assert process.poll() is not None
    worker.close()
