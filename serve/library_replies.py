"""What the library holds as it is shown: names that can be printed, links to picture and film."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path

from indexer.segments import Segment
from indexer.video import Video
from search import Moment
from search.catalogue.catalogue import Listed
from search.query.filters.date import made_s
from search.run_status import Running
from serve.media.browser_media import browser_plays
from serve.schemas.replies import MomentReply, ProgressReply, VideoReply, WindowReply


def moment_reply(moment: Moment) -> MomentReply:
    """Return a moment as it is shown."""
    video, start, end = moment.video, moment.start_ms / 1000, moment.end_ms / 1000
    name = video.fingerprint
    return MomentReply(
        video=name,
        name=shown(video.path.name),
        path=shown(video.path),
        date=_date(video),
        duration=video.duration_ms / 1000,
        start=start,
        end=end,
        score=round(moment.score, 4),
        confidence=round(moment.confidence, 4),
        sure=moment.certainty,
        text=moment.text,
        transcript=moment.transcript,
        answered_by=moment.answered_by,
        before=list(moment.before),
        after=list(moment.after),
        thumbnail=thumbnail_url(name, moment.picture_ms),
        media=media_url(name),
        play=(
            f"{media_url(name)}#t={start:.3f},{end:.3f}"
            if browser_plays(video.path)
            else clip_url(name, start, end)
        ),
    )


def video_reply(file: Listed) -> VideoReply:
    """Return a file of the library as it is shown."""
    video = file.video
    return VideoReply(
        video=video.fingerprint,
        name=shown(video.path.name),
        path=shown(video.path),
        date=_date(video),
        duration=video.duration_ms / 1000,
        width=video.width,
        height=video.height,
        state=file.state,
        windows=file.segments,
        model=file.recipe.model if file.recipe else None,
        note=video.note,
        error=file.error,
        thumbnail=thumbnail_url(video.fingerprint, video.duration_ms // 10),
        media=media_url(video.fingerprint),
    )


def window_reply(segment: Segment) -> WindowReply:
    """Return a described window as it is shown."""
    return WindowReply(
        start=segment.window.start_ms / 1000,
        end=segment.window.end_ms / 1000,
        text=segment.text,
        transcript=segment.transcript,
    )


def progress_reply(running: Running) -> ProgressReply:
    """Return how far a run is."""
    left_ms, left_s = running.left_ms, running.seconds_left
    return ProgressReply(
        files_done=running.files_done,
        files=running.files,
        windows=running.windows,
        video_seconds_done=running.done_ms / 1000,
        video_seconds_left=None if left_ms is None else left_ms / 1000,
        seconds_left=left_s if left_s is not None and isfinite(left_s) else None,
        sure=running.sure,
        speed=running.speed if isfinite(running.speed) else 0.0,
        name=shown(running.name),
        quick_pass=running.first_look,
    )


def thumbnail_url(name: str, at_ms: int) -> str:
    """Return where the picture of a video at a time is had."""
    return f"/api/thumbnails/{name}/{at_ms}.jpg"


def media_url(name: str) -> str:
    """Return where the bytes of a video's file are had."""
    return f"/api/media/{name}"


def clip_url(name: str, start: float, end: float) -> str:
    """Return where a film of a moment alone is had."""
    return f"/api/clips/{name}?start={start:.3f}&end={end:.3f}"


def shown(path: Path | str) -> str:
    """Return a path or name as text that JSON can hold, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def _date(video: Video) -> str | None:
    seconds = made_s(video)
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
