"""The door for questions that a model answers by looking: who can, is given to the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from search import Moment
from search.query.options import SearchOptions

_EXAMPLE: dict[str, Any] = {
    "answer": "A child throws it.",
    "video": "0ba904eae8773b70c75333db4de2f3ac",
    "start": 12.5,
    "end": 20.0,
    "probability": 0.83,
}


class AnswerReply(BaseModel):
    """What a model says of a moment that it looked at, and how sure it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    answer: str
    video: str
    start: float
    end: float
    probability: float | None = Field(default=None, ge=0, le=1)


class AnswersReply(BaseModel):
    """Answers, best first; none where the model cannot tell."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"answers": [_EXAMPLE]}]})

    answers: list[AnswerReply]


class VerifiedReply(BaseModel):
    """Whether a model sees in a moment what was asked for; None: it was not looked at."""

    video: str
    start: float
    end: float
    verified: bool | None
    probability: float | None = Field(default=None, ge=0, le=1)


class VerifiedMoments(BaseModel):
    """What became of the moments that were looked at again, in the order they came in."""

    moments: list[VerifiedReply]


class Answerer(Protocol):
    """Looks at moments with a model."""

    def ask(self, question: str, options: SearchOptions) -> list[AnswerReply]:
        """Answer a question from the moments that `options` leave; best answer first."""
        ...

    def verify(
        self, query: str, moments: Sequence[Moment], options: SearchOptions
    ) -> list[VerifiedReply]:
        """Say of each moment whether it shows what was asked for."""
        ...
