"""What people allowed apps: one's own, and anybody's."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from portal.accounts.services import User
from portal.api.calls import Call
from portal.api.shapes import Listing, Nothing, OneQuery, View
from portal.api.v1.clients.room import clients
from portal.api.v1.parts import ReasonQuery, person_of
from portal.grants.repository.grants import Grants
from portal.grants.usecases.connections import disconnect

OF_SOMEBODY: Final = "/users/<uuid:user_id>/grants"


class GrantView(View):
    """An app that somebody has connected."""

    id: UUID
    client_name: str
    client_uri: str | None
    scopes: list[str] = Field(description="What the person allowed.")
    claims: list[str]
    granted_at: datetime
    last_used_at: datetime = Field(description="When a token was last issued.")


@clients.get(
    OF_SOMEBODY, scope="clients:read", permission=("read", "user"), query=OneQuery, returns=GrantView, is_list=True
)  # fmt: skip
def list_grants_of_user(call: Call[OneQuery, None], user_id: UUID) -> Listing[GrantView]:
    """The apps that somebody has connected, by name."""
    return _grants(call, person_of(call, user_id))


@clients.delete(
    f"{OF_SOMEBODY}/<uuid:grant_id>", scope="clients:write", permission=("update", "user"), query=ReasonQuery
)
def remove_grant_of_user(call: Call[ReasonQuery, Any], user_id: UUID, grant_id: UUID) -> None:
    """Disconnect an app from somebody: every token that it has of them is dead with the answer."""
    disconnect(call.uow, grant_id, owner=person_of(call, user_id).ref, reason=call.query.reason)


@clients.get("/me/grants", scope="account:read", query=OneQuery, returns=GrantView, is_list=True)
def list_my_grants(call: Call[OneQuery, None]) -> Listing[GrantView]:
    """The apps that one has connected oneself, by name."""
    return _grants(call, person_of(call, call.bearer.user_id))


@clients.delete("/me/grants/<uuid:grant_id>", scope="account:write")
def remove_my_grant(call: Call[Nothing, Any], grant_id: UUID) -> None:
    """Disconnect an app. The app of this very token may be among them."""
    disconnect(call.uow, grant_id, owner=person_of(call, call.bearer.user_id).ref)


def _grants(call: Call[OneQuery, Any], user: User) -> Listing[GrantView]:
    return Listing(
        items=[
            GrantView(
                id=one.grant_id, client_name=one.client_name, client_uri=one.client_uri, scopes=list(one.scopes),
                claims=list(one.claims), granted_at=one.granted_at, last_used_at=one.last_used_at,
            )
            for one in Grants(call.session).connections_of(user.id)
        ]
    )  # fmt: skip
