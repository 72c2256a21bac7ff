"""Listens in a thread beside whoever describes, and hands over the news in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event, Thread
from typing import Self

from indexer.speech.speech_ledger import SpeechLedger
from indexer.speech.speech_run import SpeechJob, Words, Worker, listen
from indexer.speech.transcribing.supervisor import SpeechWorker

# A time limit, so that Ctrl-C is heard on every system.
_LOOK_S = 0.5


class Beside:
    """A listening run in a thread of its own; leaving it ends the run, and keeps what is done.

    Without a job there is nothing to do.
    """

    def __init__(self, job: SpeechJob | None, ledger: SpeechLedger) -> None:
        self._stop = Event()  # of this run: the job may be run again
        self._job = replace(job or SpeechJob((), SpeechWorker), stop=self._stop)
        self._ledger = ledger
        self._news: deque[Words] = deque()
        self._error: BaseException | None = None
        self._workers: list[Worker] = []
        self._thread = Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for worker in self._workers:
            worker.stop()
        self._thread.join()

    def news(self) -> Iterator[Words]:
        """Yield what has happened since last asked; raises what ended the run."""
        while self._news:
            yield self._news.popleft()
        if self._error is not None:
            raise self._error

    @property
    def works(self) -> bool:
        """Whether there is still something to listen to."""
        return self._thread.is_alive()

    def rest(self, over: Callable[[], object] = lambda: False) -> Iterator[Words]:
        """Yield what happens until all is listened to, or until `over` says that it is enough."""
        while self._thread.is_alive() and not over():
            self._thread.join(_LOOK_S)
            yield from self.news()
        yield from self.news()

    def _work(self) -> None:
        try:
            for item in listen(replace(self._job, worker=self._worker), self._ledger):
                self._news.append(item)
        except BaseException as error:  # raised again in the main thread
            if not self._stop.is_set():
                self._error = error

    def _worker(self) -> Worker:
        made = self._job.worker()
        self._workers.append(made)
        return made
