"""What rooms share: people, reasons, places in lists of rows."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, TypedDict
from uuid import UUID

from pydantic import Field

from portal.access.repository.stewards import Stewards
from portal.access.schemas.fields import Reason
from portal.accounts.errors import UserNotFound
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.api.calls import Call
from portal.api.cursors import Turn
from portal.api.shapes import Nothing, Rehearsal, View, Wish
from portal.http.bearer import Bearer
from portal.http.context import reading


class PersonView(View):
    """Somebody, by name."""

    id: UUID
    username: str
    name: str

    @classmethod
    def of(cls, user: User) -> "PersonView":
        return cls(id=user.id, username=user.username, name=user.display_name)


class NamedView(View):
    """A role or a group, by name."""

    id: UUID
    name: str


class TermView(View):
    """How something was given, and until when."""

    expires_at: datetime | None = Field(description="When it ends by itself; null is never.")
    is_live: bool = Field(description="False once it has ended by itself.")
    reason: str | None


class WhyQuery(Nothing):
    """Why; it stays in the audit log."""

    reason: Reason = None


class ReasonQuery(Wish):
    """Why; it is needed, and stays in the audit log."""

    reason: Annotated[str, Field(min_length=1, max_length=300)]


class RehearsalWithReason(Rehearsal):
    """Why, and whether it is only to be looked at."""

    reason: Reason = None


def runs(expires_at: datetime | None, *, at: datetime) -> bool:
    """Whether what ends then still counts."""
    return expires_at is None or expires_at > at


class Places(TypedDict):
    """Where a list of rows goes on that is in the order of their ids."""

    before: UUID | None
    after: UUID | None


def places(turn: Turn) -> Places:
    """As repositories take them."""
    return Places(
        before=UUID(turn.before) if turn.before else None,
        after=UUID(turn.after) if turn.after else None,
    )


def person_of(call: Call[Any, Any], user_id: UUID) -> User:
    """The person whom a path names.

    Raises:
        UserNotFound
    """
    user = Users(call.session).get(user_id)
    if user is None:
        raise UserNotFound
    return user


def people_by_id(call: Call[Any, Any], user_ids: Collection[UUID | None]) -> Mapping[UUID, PersonView]:
    """Everybody named in one answer, in one statement; who is gone is missing."""
    ids = {user_id for user_id in user_ids if user_id is not None}
    return {user.id: PersonView.of(user) for user in Users(call.session).with_ids(ids)} if ids else {}


def looks_after_groups(bearer: Bearer, parts: Mapping[str, Any]) -> bool:
    """Whether the person administers the group of the path; where it names none, any."""
    group_id = parts.get("group_id")
    with reading() as session:
        duties = Stewards(session).duties_of(bearer.user_id)
    return bool(duties.groups) if group_id is None else group_id in duties.groups


def looks_after_something(bearer: Bearer, _parts: Mapping[str, Any]) -> bool:
    """Whether requests may come to this person."""
    with reading() as session:
        return bool(Stewards(session).duties_of(bearer.user_id))
