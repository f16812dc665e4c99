"""What all operations of the REST API share: the shapes of what is sent and answered."""

from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

V = TypeVar("V", bound=BaseModel)

DEFAULT_LIMIT: Final = 25
MOST_LIMIT: Final = 100


class View(BaseModel):
    """What an answer shows of something. Never a secret, unless it is shown once at its making.

    Built when first used: a portal whose API nobody calls keeps no validators in memory.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)


class Wish(BaseModel):
    """What comes in a body or an address: nothing unasked for, so that no field can be slipped in (mass assignment)."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="forbid", hide_input_in_errors=True)


class Nothing(Wish):
    """No parameters."""


class Rehearsal(Nothing):
    """Parameters of a change that can be looked at before it is made."""

    preview: Annotated[
        bool, Field(description="Answer with who would gain and who would lose what, and change nothing.")
    ] = False


class OneQuery(Wish):
    """Parameters of what answers with one thing."""

    fields: Annotated[
        str | None, Field(max_length=500, description="Names of members to answer with, separated by commas.")
    ] = None


class ListQuery(OneQuery):
    """Parameters of every list."""

    limit: Annotated[int, Field(ge=1, le=MOST_LIMIT, description="How many at most.")] = DEFAULT_LIMIT
    cursor: Annotated[
        str | None,
        Field(max_length=1000, description="`next` or `previous` of an answer to the same question."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[V]):
    """One page of a list. `older` and `newer` are the places from which it goes on, as the repository names them."""

    items: list[V]
    older: object | None = None
    newer: object | None = None


@dataclass(frozen=True, slots=True)
class Created(Generic[V]):
    """Something new: 201, with its address."""

    view: V
    path: str
    """Below /api/v1, with a leading slash."""


class ErrorDetail(View):
    """What is wrong with one member of what was sent."""

    field: str = Field(description="Its name; dotted where it is nested.", examples=["email"])
    message: str = Field(examples=["Enter an email address like name@example.com"])
    code: str = Field(description="For programs; it never changes.", examples=["value_error"])


class ErrorResponse(View):
    """Every error of every path below /api has this shape."""

    error: str = Field(description="For programs; it never changes.", examples=["invalid"])
    message: str = Field(description="What is wrong and who can mend it, for people.")
    details: list[ErrorDetail] = Field(description="The members that are wrong, if any.")
    trace_id: str = Field(
        description="Equals the header `X-Request-ID`; it finds the log line.", examples=["req_0f3a"]
    )
    timestamp: str = Field(description="RFC 3339, UTC.", examples=["2026-01-31T12:00:00Z"])
