"""What may be asked over HTTP, typed and bounded; a question becomes the library's own options."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from search.catalogue.file_states import State
from search.query.filters.registry import filters_of
from search.query.options import SearchOptions
from search.query.parser import Like
from search.query.times import length_ms
from search.ranking.moments import LONGEST_MS

LONGEST_QUERY = 2_000
MOST_MOMENTS = 500

VideoId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z:_-]{1,80}$")]
Words = Annotated[str, StringConstraints(max_length=LONGEST_QUERY)]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Place = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z:_-]{1,80}@\d{1,7}(\.\d{1,3})?$")]
Seconds = Annotated[float, Field(ge=0, le=10_000_000)]
Few: Any = Field(default_factory=list, max_length=20)


class SearchRequest(BaseModel):
    """A question and how to answer it: the query language, and what the flags of `search` say."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    q: Words = Field(
        default="", description="The query language of `scenelist search`.", examples=["dog"]
    )
    limit: int = Field(default=24, ge=1, le=100)
    offset: int = Field(default=0, ge=0, le=MOST_MOMENTS - 100)
    min_confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Leave out what is less sure; 0 shows the closest of all.",
    )
    sort: Literal["score", "time", "video"] = "score"
    per_video: int | None = Field(default=None, ge=1, le=1_000)
    longest: Short | None = Field(default=None, description="Longest moment: 90s, 5m.")
    context: int = Field(
        default=0, ge=0, le=5, description="Neighbouring descriptions on either side."
    )
    inside: list[Glob] = Field(alias="in", default_factory=list, max_length=20)
    outside: list[Glob] = Field(alias="not_in", default_factory=list, max_length=20)
    after: list[Short] = Few
    before: list[Short] = Few
    min_length: Short | None = None
    max_length: Short | None = None
    nots: list[Words] = Field(alias="not", default_factory=list, max_length=20)
    likes: list[Place] = Field(
        alias="like",
        default_factory=list,
        max_length=20,
        description="A video's id and a place in it in seconds, ID@12.5: moments like that one.",
    )

    def options(self, paths: dict[str, str]) -> SearchOptions:
        """Return the library's options; `paths` says where the videos of `likes` lie.

        Raises:
            RequestError: a date or length is none.
        """
        places = (like.rpartition("@") for like in self.likes)
        return SearchOptions(
            filters_of(
                {
                    "in": self.inside,
                    "not-in": self.outside,
                    "after": self.after,
                    "before": self.before,
                    "min-length": [self.min_length] if self.min_length else [],
                    "max-length": [self.max_length] if self.max_length else [],
                }
            ),
            tuple(self.nots),
            tuple(Like(paths[name], round(float(at) * 1000)) for name, _, at in places),
            self.sort,
            self.per_video,
            self.context,
            self.min_confidence,
            length_ms(self.longest) if self.longest else LONGEST_MS,
        )

    @property
    def liked(self) -> list[str]:
        """The ids of the videos whose moments are taken as examples."""
        return [like.rpartition("@")[0] for like in self.likes]


class ModelRequest(SearchRequest):
    """A question for the model that looks: about a video, a stretch or a moment, or the library."""

    video: VideoId | None = Field(
        default=None, description="Ask about this video alone; else the best moments answer."
    )
    start: Seconds | None = Field(default=None, description="From here in it; alone: that moment.")
    end: Seconds | None = None


class Listing(BaseModel):
    """Which videos to list."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    inside: list[Glob] = Field(alias="in", default_factory=list, max_length=20)
    state: list[State] = Few
    sort: Literal["path", "length", "windows", "recorded"] = "path"
    limit: int = Field(default=48, ge=1, le=500)
    offset: int = Field(default=0, ge=0)


class ChosenMoment(BaseModel):
    """A stretch of a video that somebody chose, in seconds."""

    video: VideoId
    start: float = Field(ge=0, le=10_000_000)
    end: float = Field(ge=0, le=10_000_000)
    text: Words = ""


class ChosenMoments(BaseModel):
    """What a playlist is made of, in order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "moments": [{"video": "2c26b46b68ffc68f", "start": 12.5, "end": 20.0}],
                    "title": "the dog",
                    "format": "xspf",
                }
            ]
        }
    )

    moments: list[ChosenMoment] = Field(min_length=1, max_length=MOST_MOMENTS)
    title: Words = "Scenelist"
    format: Short = "xspf"


class SignIn(BaseModel):
    """The token, to get a cookie for it."""

    token: Annotated[str, StringConstraints(max_length=500)]
