"""What `scenelist index` says before it begins: what it would do, and how long that would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import click

from commands.terminal.console import counted, print_json, say
from commands.terminal.run_line import of_video, roughly
from indexer.errors import ModelError
from indexer.pipeline.estimate import Outlook, Remembered, survey
from indexer.pipeline.job import Job
from indexer.pipeline.stopping import Ending
from indexer.pipeline.trial import Trial, trial
from indexer.speech.estimate import SpeechEstimate, estimate, heard_otherwise
from indexer.speech.speech_ledger import SpeechMemory
from indexer.speech.speech_run import SpeechJob
from playlist.tracks import clock
from search.store.manifest import Manifest, SpeechWishes

# So many files are tried for how long it takes to listen to all.
_TRIED = 2
# Two lengths of time that differ by less than this are said as one.
_ALIKE = 1.5


def forecast(
    jobs: Sequence[Job],
    remembered: Remembered,
    words: SpeechJob | None,
    memory: SpeechMemory,
    ending: Ending | None = None,
    *,
    as_json: bool,
) -> None:
    """Print what the first of a run's jobs that has something to do would do, and how long.

    How long is an estimate from a trial on this machine. `ending` is when the run ends by itself.
    """
    speech = _words(words, memory)
    for job in jobs:
        outlook = survey(job, remembered)
        if outlook.todo:
            break
    tried = trial(job, outlook.todo) if outlook.windows else None
    if as_json:
        between = None if tried is None else tried.takes(outlook)
        print_json(
            {
                "new": [str(path) for path in outlook.new],
                "described_otherwise": [str(path) for path in outlook.other],
                "unchanged": outlook.unchanged,
                "failed_before": outlook.failed,
                "not_videos": outlook.no_video,
                "video_seconds": outlook.video_ms / 1000,
                "windows": outlook.windows,
                "quick_pass": job.first_look and bool(outlook.todo),
                "estimated_seconds": None if between is None else round(sum(between) / 2, 3),
                "estimated_between": None if between is None else [round(s, 3) for s in between],
                "others_share": None if tried is None else round(tried.others, 3),
                **({"stops_in_seconds": round(ending.seconds, 3)} if ending else {}),
                **({"fits": list(_share(ending, tried, outlook))} if ending and tried else {}),
                **({"speech": _facts(speech)} if speech else {}),
            }
        )
        return
    videos = "video" if len(outlook.todo) == 1 else "videos"
    quick = job.first_look and outlook.todo
    line = f"{'The quick pass would' if quick else 'Would'} describe {len(outlook.todo)} {videos}"
    if outlook.windows:
        line += f": {clock(outlook.video_ms)} in about {counted(outlook.windows, 'window')}"
    if tried is not None:
        line += f", {_lasts(tried, outlook)}"
    parts = [line]
    if outlook.other:
        parts.append(f"{len(outlook.other)} of them described otherwise so far")
    if outlook.unchanged:
        parts.append(f"{outlook.unchanged} unchanged")
    if outlook.no_video:
        parts.append(f"{outlook.no_video} without a picture would be left")
    if outlook.failed:
        parts.append(f"{outlook.failed} that failed before would be left (--retry)")
    click.echo("; ".join(parts) + ".")
    if ending is not None:
        click.echo(_fitting(ending, tried, outlook))
    if speech is not None and speech.files:
        click.echo(_told(speech))


def forecast_words(words: SpeechJob | None, memory: SpeechMemory, *, as_json: bool) -> None:
    """Print what would be written down, with an estimate from a trial on this machine."""
    speech = _words(words, memory) or SpeechEstimate(0, 0, 0, None)
    if as_json:
        print_json({"speech": _facts(speech)})
    else:
        click.echo(_told(speech))


def _words(words: SpeechJob | None, memory: SpeechMemory) -> SpeechEstimate | None:
    if words is None or words.listener is None:
        return None
    return estimate(words, memory, words.listener)


def _facts(speech: SpeechEstimate) -> dict[str, object]:
    return {
        "videos": speech.files,
        "sound_seconds": speech.sound_ms / 1000,
        "speech_seconds": None if speech.seconds is None else round(speech.voice_ms / 1000, 3),
        "estimated_seconds": None if speech.seconds is None else round(speech.seconds, 3),
    }


def _told(speech: SpeechEstimate) -> str:
    videos = "video" if speech.files == 1 else "videos"
    line = f"Would listen to {speech.files} {videos}: {clock(speech.sound_ms)}"
    if speech.seconds is None:
        return f"{line}."
    return (
        f"{line}, perhaps {clock(speech.voice_ms)} of it speech, about {roughly(speech.seconds)} on"
        " this machine."
    )


def warn_of_redoing(job: Job, remembered: Remembered, known: Manifest) -> None:
    """Say what will be described again because model, prompt or windows have changed."""
    before = known.recipes.get(known.recipe)
    if before is None or before.key == job.recipe.key:
        return
    outlook = survey(job, remembered)
    if not outlook.other:
        return
    changed = [
        name.replace("_ms", "").replace("_", " ")
        for name in ("model", "revision", "prompt", "frames", "window_ms", "stride_ms", "sampling")
        if getattr(before, name) != getattr(job.recipe, name)
    ]
    what = f"{before.model} → {job.recipe.model}" if "model" in changed else ", ".join(changed)
    say(
        f"{_videos(outlook)} described otherwise ({what}) will be described again, one by one;"
        " until then the old descriptions are searched."
    )
    tried = trial(job, outlook.other)
    if tried is not None:
        say(
            f"That takes {_lasts(tried, outlook)}. Ctrl-C stops at any time; the same command"
            " goes on."
        )


def warn_of_hearing_again(
    words: SpeechJob, memory: SpeechMemory, before: SpeechWishes, now: SpeechWishes
) -> None:
    """Say what will be listened to again, how much, and how to keep the words that are there.

    `before` is how speech was to be written down so far, `now` how it is from now on.
    """
    if words.listener is None:
        return
    again = heard_otherwise(words, memory, words.listener)
    if not again:
        return
    sound_ms = sum(again.values())
    changed, keeps = _differences(before, now, alone=words.alone)
    say(
        f"{counted(len(again), 'video')} written down otherwise{changed} will be listened to again,"
        f" {of_video(sound_ms)} of sound, one by one; until then the old words are searched."
        f"{keeps}"
    )
    tried = replace(words, paths=list(islice(again, _TRIED)))
    try:
        heard = estimate(tried, memory, words.listener)
    except ModelError:
        return  # the run itself will say so, and go without
    if heard.seconds is not None and heard.sound_ms:
        say(
            f"That takes about {roughly(heard.seconds * sound_ms / heard.sound_ms)} on this"
            " machine. Ctrl-C stops at any time; the same command goes on."
        )


def _differences(before: SpeechWishes, now: SpeechWishes, *, alone: bool) -> tuple[str, str]:
    """Return in what two ways to write speech down differ, and how to keep the former's words.

    Where they are the same another version makes the difference: that can wait, unless words
    `alone` were asked for.
    """
    named = (
        ("--speech", before.model, now.model),
        ("--language", before.language, now.language),
        ("--audio-track", before.track, now.track),
    )
    differ = [(flag, old or "auto", new or "auto") for flag, old, new in named if old != new]
    if not before.model or not differ:
        return "", "" if alone else " --only pictures leaves that for another run."
    changed = ", ".join(f"{old} → {new}" for _, old, new in differ)
    flags = " ".join(f"{flag} {old}" for flag, old, _ in differ)
    return f" ({changed})", f" {flags} keeps them as they are."


def _videos(outlook: Outlook) -> str:
    count = len(outlook.other)
    return f"{count} {'video' if count == 1 else 'videos'}"


def _lasts(tried: Trial, outlook: Outlook) -> str:
    """Return how long a run takes by a trial; as a range where it may be very different."""
    least_s, most_s = tried.takes(outlook)
    if most_s <= _ALIKE * least_s and not tried.busy:
        return f"about {roughly((least_s + most_s) / 2)} on this machine"
    least, most = roughly(least_s), roughly(most_s)
    between = f"about {least}" if least == most else f"{least} to {most}"
    if not tried.busy:
        return f"{between} on this machine"
    return (
        f"{between} on this machine (uncertain: other programs take {tried.others:.0%} of it"
        " meanwhile)"
    )


def _fitting(ending: Ending, tried: Trial | None, outlook: Outlook) -> str:
    """Return when a run would stop, and how much of its work is done by then."""
    line = f"It would stop {ending.when}"
    if tried is None:
        return f"{line}."
    least, most = _share(ending, tried, outlook)
    if least >= 1:
        return f"{line}: all of that fits."
    shares = (
        f"about {least:.0%}" if f"{least:.0%}" == f"{most:.0%}" else f"{least:.0%} to {most:.0%}"
    )
    return f"{line}: {shares} of that fits, and the same command goes on."


def _share(ending: Ending, tried: Trial, outlook: Outlook) -> tuple[float, float]:
    """Return which part of the work fits before a run's end, at least and at most."""
    least_s, most_s = tried.takes(outlook)
    shares = (ending.seconds / max(each_s, 1e-3) for each_s in (most_s, least_s))
    at_least, at_most = (round(min(1.0, share), 3) for share in shares)
    return at_least, at_most
