"""What people send who review access."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from portal.access.schemas.requests import Holding, LastMoment, Words
from portal.accounts.rules import fold_identifier
from portal.accounts.schemas import Input, OneLine

Verdict = Literal["keep", "end"]
MOST_AT_ONCE = 100


def _ids(value: object) -> object:
    """Each once, however often a form sends it."""
    return tuple(dict.fromkeys(value)) if isinstance(value, list) else value


class StartReview(Input):
    """Whose holders are to be looked at, by whom, and until when. Nobody named: whoever looks after it."""

    thing: Holding
    reviewer: Annotated[str, Field(max_length=254), OneLine, AfterValidator(fold_identifier)] | None = None
    due_at: LastMoment


class JudgeMembers(Input):
    """The same answer for one or several people of a review."""

    items: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_AT_ONCE), BeforeValidator(_ids)]
    verdict: Verdict
    note: Words | None = None
