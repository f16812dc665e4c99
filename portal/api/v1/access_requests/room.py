"""The room, and how it shows a request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from portal.access.repository.requests import AccessRequest, RequestState
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import ListQuery, View
from portal.api.v1.parts import PersonView, people_by_id

access_requests: Final = Room(
    "Access requests", "Roles, groups and apps that people ask for, and the answers."
)

RESOURCE: Final = "access_request"
PATH: Final = "/access-requests/<uuid:request_id>"


class TargetView(View):
    """A role, a group or an app, under the name that it had when it was asked for."""

    type: str = Field(description="`role`, `group` or `client`.")
    id: UUID
    name: str


class RequestView(View):
    """Somebody asks for something."""

    id: UUID
    person: PersonView | None = Field(description="Who asks; null where the account is gone.")
    target: TargetView
    reason: str
    wished_until: datetime | None
    state: str = Field(description="`open`, `approved`, `refused` or `withdrawn`.")
    created_at: datetime
    decided_at: datetime | None
    decided_by: PersonView | None
    decision_note: str | None
    granted_until: datetime | None


class RequestQuery(ListQuery):
    """Which requests are wanted."""

    state: Annotated[RequestState | None, Field(description="Both, unless said.")] = None
    q: Annotated[str, Field(max_length=100, description="Part of what was asked for, or of who asked.")] = ""


def shown(call: Call[Any, Any], rows: Sequence[AccessRequest]) -> list[RequestView]:
    """The requests of one answer, in one statement more."""
    people = people_by_id(call, [one for row in rows for one in (row.user_id, row.decided_by)])
    return [
        RequestView(
            id=row.id,
            person=people.get(row.user_id),
            target=TargetView(type=row.target_type, id=row.target_id, name=row.target_label),
            reason=row.reason,
            wished_until=row.wished_until,
            state=row.state,
            created_at=row.created_at,
            decided_at=row.decided_at,
            decided_by=people.get(row.decided_by) if row.decided_by else None,
            decision_note=row.decision_note,
            granted_until=row.granted_until,
        )
        for row in rows
    ]


def view(call: Call[Any, Any], row: AccessRequest) -> RequestView:
    return shown(call, [row])[0]
