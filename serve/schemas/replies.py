"""What is answered over HTTP and MCP, typed: times in seconds, text as it is, links to the rest."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_ID = "0ba904eae8773b70c75333db4de2f3ac"
_MOMENT: dict[str, Any] = {
    "video": _ID,
    "name": "rex.mp4",
    "path": "/home/ada/Videos/rex.mp4",
    "date": "2024-05-31T18:30:00+00:00",
    "duration": 61.2,
    "start": 12.5,
    "end": 20.0,
    "score": 0.81,
    "confidence": 0.74,
    "sure": "strong",
    "text": "A dog catches a frisbee on the beach.",
    "transcript": "Good boy!",
    "thumbnail": f"/api/thumbnails/{_ID}/16250.jpg",
    "media": f"/api/media/{_ID}",
    "play": f"/api/media/{_ID}#t=12.500,20.000",
}
_VIDEO: dict[str, Any] = {
    "video": _ID,
    "name": "rex.mp4",
    "path": "/home/ada/Videos/rex.mp4",
    "date": "2024-05-31T18:30:00+00:00",
    "duration": 61.2,
    "width": 1920,
    "height": 1080,
    "state": "described",
    "windows": 7,
    "model": "HuggingFaceTB/SmolVLM2-256M-Video-Instruct",
    "note": "",
    "thumbnail": f"/api/thumbnails/{_ID}/6120.jpg",
    "media": f"/api/media/{_ID}",
}
_PROGRESS: dict[str, Any] = {
    "files_done": 3,
    "files": 40,
    "windows": 180,
    "video_seconds_done": 1800.0,
    "video_seconds_left": 21600.0,
    "seconds_left": 7200.0,
    "sure": True,
    "speed": 3.0,
    "name": "holiday.mp4",
    "quick_pass": False,
}
_WINDOW: dict[str, Any] = {
    "start": 10.0,
    "end": 20.0,
    "text": "A dog catches a frisbee on the beach.",
    "transcript": "Good boy!",
}


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class MomentReply(BaseModel):
    """A moment: a stretch of a video that answers, how well, and where to see it.

    `media` is the file itself, `play` what a browser can play: the file from the moment on, or a
    film of the moment alone whose time begins at 0.
    """

    model_config = _example(_MOMENT)

    video: str = Field(description="The video's id: its content, wherever it lies.")
    name: str
    path: str
    date: str | None = Field(description="When it was recorded, else the file's date; ISO 8601.")
    duration: float
    start: float
    end: float
    score: float
    confidence: float = Field(description="How sure it is that this was meant, 0 to 1.")
    sure: str = Field(description="strong or weak")
    text: str
    transcript: str = ""
    answered_by: str = Field(
        default="", description="The text is a question and its answer, kept; the model's name."
    )
    before: list[str] = []
    after: list[str] = []
    thumbnail: str
    media: str
    play: str


class SearchReply(BaseModel):
    """Moments, best first, and whether there are more after them."""

    model_config = _example({"query": "a dog", "moments": [_MOMENT], "more": False})

    query: str
    moments: list[MomentReply]
    more: bool


class WindowReply(BaseModel):
    """A described window of a video."""

    model_config = _example(_WINDOW)

    start: float
    end: float
    text: str
    transcript: str = ""


class VideoReply(BaseModel):
    """A file of the library and how much of it is described."""

    model_config = _example(_VIDEO)

    video: str
    name: str
    path: str
    date: str | None
    duration: float
    width: int
    height: int
    state: str
    windows: int
    model: str | None
    note: str
    error: str = ""
    thumbnail: str
    media: str


class VideosReply(BaseModel):
    """A page of videos, and how many there are in all."""

    model_config = _example({"videos": [_VIDEO], "total": 1})

    videos: list[VideoReply]
    total: int


class DescribedVideo(VideoReply):
    """A video with its windows, by time."""

    model_config = _example({**_VIDEO, "described": [_WINDOW]})

    described: list[WindowReply]


class ProgressReply(BaseModel):
    """How far the run is that describes videos now, by what it says of itself."""

    model_config = _example(_PROGRESS)

    files_done: int
    files: int
    windows: int = Field(description="Described in this run so far.")
    video_seconds_done: float
    video_seconds_left: float | None = Field(description="None while that is not known.")
    seconds_left: float | None = Field(description="Until it is done, as far as one can tell.")
    sure: bool = Field(description="Whether that is more than a first guess.")
    speed: float = Field(description="Seconds of video described a second.")
    name: str = Field(description="The file that is being described.")
    quick_pass: bool = Field(description="A first pass over everything; a full one follows.")


class RunReply(BaseModel):
    """Whether videos are being described at this moment, and how that goes."""

    writing: bool = Field(description="Another process writes to the library now.")
    windows_per_minute: float = Field(description="Described in the last minute.")
    unfinished: list[str] = Field(description="Names of videos described in part, at most ten.")
    progress: ProgressReply | None = Field(
        default=None, description="How far it is, where a run says so."
    )


class FormatReply(BaseModel):
    """A format that playlists can be had in."""

    name: str
    suffix: str


class FeaturesReply(BaseModel):
    """What this server can do beside searching."""

    ask: bool
    verify: bool
    open_in_player: bool
    sign_out: bool
    saved: bool = Field(default=False, description="Questions are kept with the library by name.")


class StatusReply(BaseModel):
    """The library in a few numbers, and what goes on in it."""

    model_config = _example(
        {
            "version": "0.1.0",
            "library": "library",
            "files": 3,
            "states": {"described": 3},
            "video_seconds": 183.6,
            "windows": 21,
            "models": {"HuggingFaceTB/SmolVLM2-256M-Video-Instruct": 3},
            "embedder": "all-MiniLM-L6-v2",
            "run": {
                "writing": True,
                "windows_per_minute": 18.2,
                "unfinished": ["holiday.mp4"],
                "progress": _PROGRESS,
            },
            "formats": [{"name": "xspf", "suffix": ".xspf"}],
            "features": {
                "ask": False,
                "verify": False,
                "open_in_player": True,
                "sign_out": False,
                "saved": False,
            },
        }
    )

    version: str
    library: str
    files: int
    states: dict[str, int]
    video_seconds: float
    windows: int
    models: dict[str, int]
    embedder: str
    run: RunReply
    formats: list[FormatReply]
    features: FeaturesReply


class SavedReply(BaseModel):
    """A question that is kept with the library; `@NAME` asks it."""

    model_config = _example({"name": "dogs", "query": 'a dog not:"at night"'})

    name: str
    query: str


class ExamplesReply(BaseModel):
    """Questions that this library can answer."""

    model_config = _example({"examples": ["A dog catches a frisbee"]})

    examples: list[str]


class ErrorReply(BaseModel):
    """What is wrong, in a sentence; `at` is the place in the query, from 0, where it is."""

    model_config = _example({"error": "At character 1 of the query, not: says nothing.", "at": 0})

    error: str
    at: int | None = None


class PlaylistMade(BaseModel):
    """A playlist that was made for an agent: its text and how much is in it."""

    format: str
    file_name: str
    moments: int
    left_out: int = Field(description="Moments whose files are not on this disk.")
    text: str
