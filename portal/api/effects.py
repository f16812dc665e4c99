"""What a change would do to people, as a preview answers it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from portal.access.services.blast_radius import BlastRadius, Line
from portal.api.shapes import View

Reach = Literal["no", "conditional", "yes"]


class NamedPerson(View):
    """Somebody whom the change concerns."""

    id: UUID
    name: str


class ShiftView(View):
    """One thing that some people can do more or less."""

    resource: str | None = Field(description="What it is about; null where it is an app.")
    action: str | None
    app: str | None = Field(description="The app that opens or closes, where it is one.")
    before: Reach
    after: Reach
    count: int = Field(description="How many people.")
    people: list[NamedPerson] = Field(description="The first 50 of them.")
    first_at: datetime | None = Field(description="When it comes for the first of them; null means at once.")
    last_at: datetime | None = Field(description="When it comes for the last of them.")
    instead_of: datetime | None = Field(description="When it would have come without the change.")

    @classmethod
    def of(cls, line: Line) -> "ShiftView":
        shift, later = line.shift, line.later
        return cls(
            resource=None if shift.is_app else shift.what,
            action=None if shift.is_app else shift.action,
            app=shift.what if shift.is_app else None,
            before=shift.before,
            after=shift.after,
            count=line.count,
            people=[NamedPerson(id=user_id, name=name) for user_id, name in line.people],
            first_at=later.first if later else None,
            last_at=later.last if later else None,
            instead_of=later.instead_of if later else None,
        )


class EffectView(View):
    """Who would gain and who would lose what. Where `is_exact` is false there were too many people to look at all of
    them, and the numbers are the least there are.
    """

    gains: list[ShiftView]
    losses: list[ShiftView]
    altered: list[ShiftView] = Field(
        description="Permitted under conditions before and after, but other ones."
    )
    gaining: int = Field(description="People who gain something, each counted once.")
    losing: int
    altering: int
    is_exact: bool

    @classmethod
    def of(cls, radius: BlastRadius) -> "EffectView":
        return cls(
            gains=_shifts(radius.gains),
            losses=_shifts(radius.losses),
            altered=_shifts(radius.altered),
            gaining=radius.gaining,
            losing=radius.losing,
            altering=radius.altering,
            is_exact=radius.is_exact,
        )


def _shifts(lines: Iterable[Line]) -> list[ShiftView]:
    return [ShiftView.of(line) for line in lines]
