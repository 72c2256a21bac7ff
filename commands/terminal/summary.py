"""What `scenelist index` says at the end: what was done, how fast, and where the time went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click

from commands.terminal.console import counted, print_json, say
from commands.terminal.progress_bar import Speedometer
from indexer.pipeline.timings import IN_TURN, Stages
from indexer.retry_policy import may_pass
from playlist.tracks import clock


@dataclass(frozen=True, slots=True)
class Telling:
    """How a run is summed up: with where the time went (`profile`), and as JSON.

    `tip` says how the next run could be quicker, or nothing; asked after something was described.
    `stopped` is why the run ended before all was done. `aside` says that this is the summary
    of a quick pass, and the run goes on: JSON is for what follows.
    """

    profile: bool = False
    json: bool = False
    tip: Callable[[], str] = str
    stopped: str = ""
    aside: bool = False


def say_stopped(why: str) -> None:
    """Say why a run ended before all was done, and that nothing is lost."""
    say(f"Stopped since {why}; all is kept: the same command goes on.")


def summarise(meter: Speedometer, stages: Stages, telling: Telling) -> None:
    """Print what a run came to."""
    if telling.json and not telling.aside:
        print_json({**_facts(meter, stages), "stopped": telling.stopped or None})
    else:
        (say if telling.json else click.echo)(_sentence(meter, stages))
        if not telling.aside:
            _advise(meter, telling)
    if telling.stopped:
        say_stopped(telling.stopped)
    if telling.profile:
        _tell_stages(meter, stages)


def _advise(meter: Speedometer, telling: Telling) -> None:
    """Say what may be done about what failed, and how the next run could be quicker."""
    if any(not may_pass(failed.error) for failed in meter.failed):
        say("What failed is left alone until the file changes; --retry tries it again.")
    if meter.segments and (tip := telling.tip()):
        say(tip)


def _sentence(meter: Speedometer, stages: Stages) -> str:
    done, windows = counted(meter.indexed, "video"), counted(meter.segments, "window")
    if meter.first_look:
        parts = [f"The quick pass took a first look at {done}: {windows}"]
    else:
        in_full = " in full" if meter.after is not None else ""
        parts = [f"Indexed {done}{in_full}: {windows}"]
    if meter.segments:
        speed = f"{meter.speed:.1f}x real time (mostly {stages.bottleneck})"
        of = "from " if meter.first_look else ""
        parts.append(f"{of}{clock(meter.video_ms)} of video, {speed}")
    if meter.taken_over:
        parts.append(f"{meter.taken_over} showed the same as one before and took over its words")
    if said := meter.speech.summed_up():
        parts.append(said)
    if meter.unchanged:
        other = f" ({meter.subtitled} with other subtitles)" if meter.subtitled else ""
        parts.append(f"{meter.unchanged} unchanged{other}")
    if meter.copies:
        parts.append(f"{meter.copies} {'copy' if meter.copies == 1 else 'copies'} of others")
    if meter.moved:
        parts.append(f"{meter.moved} moved")
    if meter.not_videos:
        parts.append(f"{meter.not_videos} not {'a video' if meter.not_videos == 1 else 'videos'}")
    if meter.failed:
        parts.append(f"{len(meter.failed)} failed")
    return ", ".join(parts) + "."


def _facts(meter: Speedometer, stages: Stages) -> dict[str, object]:
    seconds, wall_s = stages.seconds(), meter.wall_s
    first = meter if meter.first_look else meter.after
    return {
        "indexed": 0 if meter.first_look else meter.indexed,
        "first_looks": 0 if first is None else first.indexed,
        "unchanged": meter.unchanged,
        "subtitled": meter.subtitled,
        "copies": meter.copies,
        "moved": meter.moved,
        "not_videos": meter.not_videos,
        "failed": [{"path": str(f.path), "error": f.error} for f in meter.failed],
        "segments": meter.segments,
        "taken_over": meter.taken_over,
        "video_seconds": round(meter.video_ms / 1000, 3),
        "wall_seconds": round(wall_s, 3),
        "speech": meter.speech.facts(),
        "bottleneck": stages.bottleneck,
        "stages": {name: round(spent, 3) for name, spent in seconds.items()},
        "shares": {name: round(spent / wall_s, 3) for name, spent in seconds.items()},
    }


def _tell_stages(meter: Speedometer, stages: Stages) -> None:
    """Say where the time went: first what follows one another, then what goes on beside that."""
    seconds = stages.seconds()
    rest_s = meter.wall_s - sum(spent for name, spent in seconds.items() if name in IN_TURN)
    in_turn = {name: spent for name, spent in seconds.items() if name in IN_TURN}
    for name, spent in {**in_turn, "the rest": max(0.0, rest_s)}.items():
        say(_line(name, spent, meter.wall_s))
    beside = {name: spent for name, spent in seconds.items() if name not in IN_TURN}
    if beside:
        say("Meanwhile, in threads and processes of their own:")
    for name, spent in beside.items():
        say(_line(name, spent, meter.wall_s))


def _line(name: str, spent_s: float, wall_s: float) -> str:
    return f"{name + ':':<24}{spent_s:8.1f} s  {spent_s / max(1e-3, wall_s):4.0%}"
