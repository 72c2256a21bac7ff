"""Describes with models behind OpenAI-style servers; only so does a frame go anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from indexer.describing.describer import Announce, Checkpoint, Describer, DescriberOptions
from indexer.describing.servers.connection import Connection, RefusedError, TroubleError
from indexer.describing.servers.dispatch import Dispatcher, Patience, Task
from indexer.describing.servers.messages import (
    LIKELIEST,
    Captioned,
    Part,
    answer_of,
    clip_parts,
    likelihood,
    likelihood_by_words,
    pictures_parts,
    prompt_tokens,
    without_pictures,
)
from indexer.describing.servers.reachable_servers import Served, model_of, reached_servers
from indexer.errors import ModelError, RequestError
from indexer.media.clip import Clip
from indexer.media.readers.reader import FrameSize
from indexer.windows import Window

T = TypeVar("T")
KIND = "server"
# The longest side of the frames that are sent: what SmolVLM2's towers look at; other models do
# with that too, and larger ones would be cut into more tiles.
_EDGE = 512
_EDGES = {"2.2b": 384}
# A frame of SmolVLM2 is 64 to 81 tokens and its time; cut into tiles, it is several times that.
_MANY_TOKENS = 200
_FEWEST_CLIPS, _MOST_CLIPS = 8, 128
_YES_OR_NO = "Answer with yes or no."


def locate(options: DescriberOptions, announce: Announce) -> Checkpoint:
    """Ask the servers for their models; the revision says which program serves it, not where.

    Raises:
        ModelError: no server answers, or none has the model.
        RequestError: an address is none, or the network is not to be used.
    """
    name = _name(options)
    if not options.servers:
        raise ModelError(
            f"{name or 'This model'} is behind a server: give its address with --server URL, or"
            " choose another --model."
        )
    servers = reached_servers(options, announce)
    for server in servers:
        server.connection.close()
    kinds = sorted({server.kind.name for server in servers})
    if len(kinds) > 1:
        raise RequestError(
            f"The servers are of different kinds ({', '.join(kinds)}), whose words differ: give"
            " servers of one kind."
        )
    return Checkpoint(model_of(servers, name), f"served by {kinds[0]}")


def frame_size(checkpoint: Checkpoint) -> FrameSize | None:
    """Return nothing: a server's frames are sent in the shape of the video."""
    return None


def load(options: DescriberOptions, checkpoint: Checkpoint, announce: Announce) -> Describer:
    """Say which hosts get frames, try each server with one, and return what describes with them.

    Raises:
        ModelError: no server answers, or one takes no pictures.
    """
    servers = reached_servers(options, announce)
    for server in servers:
        where = server.connection.where
        if not where.here:
            openly = "" if where.encrypted else ", not encrypted"
            announce(f"Frames and pictures for the model are sent to {where.host}{openly}.")
    patience = Patience(silence_s=options.silence_s)
    describer = ServerDescriber(servers, checkpoint.name, options, announce, patience)
    for server in servers:
        describer.probe(server, announce)
    return describer


class ServerDescriber:
    """Describes clips through servers that share the work, with as many requests as help."""

    # Frames keep their shape: a server's processor makes of them what its model looks at.
    square = False

    def __init__(
        self,
        servers: Sequence[Served],
        model: str,
        options: DescriberOptions,
        announce: Announce,
        patience: Patience | None = None,
    ) -> None:
        self._model = model
        self._options = options
        self._announce = announce
        self._kinds = {id(server.connection): server.kind for server in servers}
        self._without_chances: set[int] = set()
        self._dispatcher = Dispatcher([server.connection for server in servers], announce, patience)
        self.edge = next((e for size, e in _EDGES.items() if size in model.lower()), _EDGE)
        self.frame_tokens: int | None = None
        self.kind = servers[0].kind
        self.batch_size = options.batch_size or _FEWEST_CLIPS

    @property
    def at_a_time(self) -> int:
        """How many requests all servers together are given at a time, as far as is known."""
        return self._dispatcher.at_a_time

    def describe(self, clips: Sequence[Clip]) -> list[str]:
        """Return one description per clip, in order."""
        return self.answer(clips, [self._options.prompt] * len(clips))

    def answer(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[str]:
        """Return the answer to one question per clip, in order."""
        pairs = zip(clips, questions, strict=True)
        return self._in_batches([self._asking(_parts(c, q)) for c, q in pairs])

    def likelihoods(self, clips: Sequence[Clip], questions: Sequence[str]) -> list[float]:
        """Return how likely yes is as the answer to one question per clip, in order, 0 to 1.

        From the chances of the first token where a server tells them, else from its words.
        """
        pairs = zip(clips, questions, strict=True)
        knew = len(self._without_chances)
        likely = self._in_batches([self._judging(_parts(c, q)) for c, q in pairs])
        if not knew and self._without_chances:
            self._announce(
                f"The server ({self.kind.name}) tells no chances of tokens (logprobs): that it is"
                " likely or not is taken from its words, yes or no."
            )
        return likely

    def answer_pictures(self, pictures: Sequence[Captioned], question: str) -> str:
        """Return the answer to a question about several pictures, each after its caption."""
        return self._dispatcher.run([self._asking(lambda: pictures_parts(pictures, question))])[0]

    def complete(self, requests: Sequence[str]) -> list[str]:
        """Return the answer to each request, which is text alone, in order."""
        return self._dispatcher.run([self._asking(_words(request)) for request in requests])

    def remember(self, frames: int) -> None:
        """Keep nothing: what was seen is with the servers."""

    def _in_batches(self, tasks: Sequence[Task[T]]) -> list[T]:
        """Return what tasks for clips come to, and learn how many clips are liked at a time."""
        results = self._dispatcher.run(tasks)
        if not self._options.batch_size:
            # Several for each request at a time: while the last ones are answered, others wait.
            gathered = min(_MOST_CLIPS, 4 * self._dispatcher.at_a_time)
            self.batch_size = max(_FEWEST_CLIPS, gathered)
        return results

    def probe(self, server: Served, announce: Announce) -> None:
        """Try a server with two frames and without; say where a frame is more than it needs be.

        Raises:
            ModelError: it does not answer, or drops pictures.
        """
        clip = Clip(Window(0, 10_000), (0, 5_000), np.full((2, 288, 512, 3), 96, np.uint8))
        parts = clip_parts(clip, _YES_OR_NO)
        quick = Dispatcher([server.connection], announce, Patience(silence_s=60.0))
        with_frames, without = quick.run(
            [
                lambda connection, s: self._chat(connection, parts, s, max_tokens=1),
                lambda connection, s: self._chat(
                    connection, without_pictures(parts), s, max_tokens=1
                ),
            ]
        )
        many, few = prompt_tokens(with_frames), prompt_tokens(without)
        if many is None or few is None:
            return  # it does not count, or not for us
        where = server.connection.where.host
        if many <= few:
            raise ModelError(
                f"{self._model} at {where} takes no pictures: start the server with a model that"
                " sees, and with what it sees by (llama-server: --mmproj)."
            )
        self.frame_tokens = round((many - few) / 2)
        if self.frame_tokens > _MANY_TOKENS:
            announce(
                f"Each frame is {self.frame_tokens} tokens for {self._model} at {where}: it is cut"
                f" into tiles, which takes several times as long; {server.kind.remedy}."
            )

    def _asking(self, parts: Callable[[], list[Part]]) -> Task[str]:
        """Return the request for an answer; frames are made JPEG when it is sent, in its thread."""

        def ask(connection: Connection, limit_s: float) -> str:
            return _said(self._chat(connection, parts(), limit_s))

        return ask

    def _judging(self, parts: Callable[[], list[Part]]) -> Task[float]:
        """Return the request for how likely yes is."""

        def judge(connection: Connection, limit_s: float) -> float:
            message = parts()
            if id(connection) not in self._without_chances:
                chances = {"logprobs": True, "top_logprobs": LIKELIEST}
                try:
                    reply = self._chat(connection, message, limit_s, max_tokens=1, **chances)
                except RefusedError as error:
                    if error.status not in {400, 422, 501}:
                        raise
                    reply = None
                if (likely := likelihood(reply)) is not None:
                    return likely
                if reply is None or not _tells_chances(reply):
                    self._without_chances.add(id(connection))
            return likelihood_by_words(_said(self._chat(connection, message, limit_s)))

        return judge

    def _chat(
        self, connection: Connection, parts: Sequence[Part], limit_s: float, **more: object
    ) -> Any:
        body: dict[str, object] = {
            "model": self._model,
            "messages": [{"role": "user", "content": list(parts)}],
            "max_tokens": self._options.max_new_tokens,
            "temperature": 0,
            "stream": False,
            **self._kinds[id(connection)].extra,
            **more,
        }
        return connection.chat(body, limit_s)


def _parts(clip: Clip, question: str) -> Callable[[], list[Part]]:
    return lambda: clip_parts(clip, question)


def _words(request: str) -> Callable[[], list[Part]]:
    return lambda: pictures_parts([], request)


def _said(reply: Any) -> str:
    said = answer_of(reply)
    if said is None:
        raise TroubleError("its answer is no chat completion")
    return said


def _tells_chances(reply: Any) -> bool:
    choices = reply.get("choices") if isinstance(reply, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, dict) and isinstance(first.get("logprobs"), dict)


def _name(options: DescriberOptions) -> str:
    """Return the model's name as its server knows it; '' where none is said."""
    return options.model.removeprefix(f"{KIND}:")
