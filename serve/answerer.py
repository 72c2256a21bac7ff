"""The door for questions that a model answers by looking: who can, is given to the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from answering.video_reference import VideoReference
from search import Moment
from search.query.options import SearchOptions

_EXAMPLE: dict[str, Any] = {
    "answer": "A child throws it.",
    "video": "0ba904eae8773b70c75333db4de2f3ac",
    "name": "rex.mp4",
    "start": 12.5,
    "end": 20.0,
    "probability": 0.83,
    "rests_on": [{"start": 12.5, "end": 20.0}],
}


class StretchReply(BaseModel):
    """A stretch of a video, in seconds."""

    start: float
    end: float


class AnswerReply(BaseModel):
    """What a model says of a moment that it looked at, and how sure it is.

    `rests_on` are the stretches behind it, one or several; `start` and `end` span them.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    answer: str
    video: str
    name: str
    start: float
    end: float
    probability: float | None = Field(default=None, ge=0, le=1)
    rests_on: list[StretchReply] = []


class AnswersReply(BaseModel):
    """Answers, best first; none where the model cannot tell."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"answers": [_EXAMPLE], "unseen": []}]}
    )

    answers: list[AnswerReply]
    unseen: list[str] = Field(default=[], description="What could not be looked at, and why.")


class VerifiedReply(BaseModel):
    """Whether a model sees in a moment what was asked for; None: it was not looked at."""

    video: str
    start: float
    end: float
    verified: bool | None
    probability: float | None = Field(default=None, ge=0, le=1)
    note: str = Field(default="", description="Why it could not be looked at.")


class VerifiedMoments(BaseModel):
    """What became of the moments that were looked at again, in the order they came in."""

    moments: list[VerifiedReply]


class Answerer(Protocol):
    """Looks at moments with a model."""

    def ask(
        self, question: str, options: SearchOptions, place: VideoReference | None = None
    ) -> AnswersReply:
        """Answer a question about a place, else from the moments that `options` leave.

        Best answer first.
        """
        ...

    def verify(
        self, query: str, moments: Sequence[Moment], options: SearchOptions
    ) -> list[VerifiedReply]:
        """Say of each moment whether it shows what was asked for."""
        ...
