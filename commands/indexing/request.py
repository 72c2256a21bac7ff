"""What `scenelist index` is asked for, as click has read it, and what cannot be asked together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from commands.options.global_settings import Settings
from commands.options.servers import server_key
from commands.options.speech import SpeechFlags
from indexer.errors import RequestError
from indexer.pipeline.ray_cluster.connection import LOCAL
from indexer.pipeline.stopping import Ending, Stopping, seconds_until
from indexer.processes.battery import on_battery
from indexer.scanning.file_names import as_on_disk
from indexer.scanning.remote_path import is_remote
from indexer.scanning.scan import absolute
from indexer.speech.languages import is_tag
from search.query.times import length_ms
from search.recipe_choice import Wishes


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """The options of `scenelist index`; those of how to describe are in `described`.

    Named as on the command line, but for `--for` (`lasting`), `--on-battery` (`battery`), `--ray`
    (`cluster`), `--server` (`servers`), `--ray-map` (`maps`) and `--json` (`as_json`).
    """

    paths: tuple[Path, ...]
    decoders: int | None
    order: str
    quick: bool
    quick_every: str
    lasting: str | None
    until: str | None
    battery: str
    embedder: str | None
    exclude: tuple[str, ...]
    retry: bool
    subtitles: str | None
    no_subtitles: bool
    speech: str | None
    language: str | None
    audio_track: str | None
    only: str | None
    dry_run: bool
    watch: bool
    nice: bool
    profile: bool
    as_json: bool
    servers: tuple[str, ...]
    server_key_file: Path | None
    cluster: str | None
    maps: tuple[str, ...]
    described: Mapping[str, Any]

    def wish(self) -> Wishes:
        """Return how videos are to be described.

        Raises:
            RequestError: the key for the servers cannot be read.
        """
        key = server_key(self.servers, self.server_key_file)
        return Wishes(servers=self.servers, server_key=key, **self.described)

    @property
    def speech_flags(self) -> SpeechFlags:
        """How speech is to be written down."""
        return SpeechFlags(self.speech, self.language, self.audio_track)

    @property
    def named(self) -> frozenset[Path]:
        """The paths that are asked for by themselves, as they are called on the disk."""
        return frozenset(as_on_disk(absolute(path)) for path in self.paths)


def asked_of(flags: Mapping[str, Any]) -> IndexRequest:
    """Sort what click has read, by its names, into what is asked for."""
    own = {field.name for field in fields(IndexRequest)} - {"described"}
    described = {name: value for name, value in flags.items() if name not in own}
    return IndexRequest(**{name: flags[name] for name in own}, described=described)


def ending_of(asked: IndexRequest, now: datetime) -> Ending | None:
    """Return the time at which the run is to end by itself, if it is; of two the first.

    Raises:
        RequestError: a time that is none.
    """
    ends = []
    if asked.lasting is not None:
        seconds = length_ms(asked.lasting) / 1000
        if not seconds:
            raise RequestError(f"--for {asked.lasting} leaves no time to work: write 6h or 90m.")
        ends.append(Ending(seconds, f"--for {asked.lasting}", now))
    if asked.until is not None:
        ends.append(Ending(seconds_until(asked.until, now), f"--until {asked.until}", now))
    return min(ends, key=lambda end: end.seconds, default=None)


def stopping_of(asked: IndexRequest, ending: Ending | None) -> Stopping:
    """Return what ends the run by itself: a time, and the want of mains."""
    at_s = monotonic() + ending.seconds if ending is not None else None
    return Stopping(at_s, on_battery if asked.battery == "stop" else None)


def check(asked: IndexRequest, settings: Settings) -> None:
    """Raise RequestError where options do not go together, or make no sense."""
    if asked.watch and any(map(is_remote, asked.paths)):
        raise RequestError("Object storage cannot be watched: leave --watch out, and run it again.")
    if asked.subtitles and asked.no_subtitles:
        raise RequestError("Choose --subtitles LANG or --no-subtitles, not both.")
    if asked.subtitles is not None and not is_tag(asked.subtitles):
        raise RequestError(
            f"{asked.subtitles!r} names no language: say de, ger or pt-BR, for instance."
        )
    if asked.maps and asked.cluster is None:
        raise RequestError("--ray-map is for the nodes of a cluster: give --ray ADDRESS too.")
    if asked.servers and asked.cluster is not None:
        raise RequestError("A cluster's nodes describe by themselves: give --ray or --server.")
    far = any(map(is_remote, asked.paths)) or asked.cluster not in {None, LOCAL}
    if settings.offline and far:
        raise RequestError("Object storage and clusters are the network: leave --offline out.")
