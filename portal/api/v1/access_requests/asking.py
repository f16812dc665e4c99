"""Asking for a role, a group or an app, seeing what came of it, and asking no more."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from portal.access.repository.requests import AccessRequests
from portal.access.schemas.requests import AskForAccess
from portal.access.usecases.requests import request_access, withdraw_request
from portal.api.calls import Call
from portal.api.shapes import Created, Listing, ListQuery, Nothing, OneQuery, View
from portal.api.v1.access_requests.room import PATH, RequestView, access_requests, shown, view
from portal.api.v1.parts import places
from portal.clients.repository import Clients
from portal.grants.repository.closed_apps import ClosedApps
from portal.http.askable import Askable, Askables
from portal.http.throttles import throttle
from portal.infra.rate_limit import Rule

ASK: Final = Rule(30, seconds=3600)
"""For one person, as on the pages: more than anybody has reasons for."""


@access_requests.get("/me/access-requests", scope="requests:read", returns=RequestView, is_list=True)
def my_access_requests(call: Call[ListQuery, None]) -> Listing[RequestView]:
    """What one asked for, the newest first, with the answers."""
    found = AccessRequests(call.session).page(
        by=call.bearer.user_id, size=call.query.limit, **places(call.turn)
    )
    return Listing(items=shown(call, found.items), older=found.older, newer=found.newer)


class AskableView(View):
    """Something that one may ask for."""

    thing: str = Field(
        description="What the wish for it names.", examples=["role:01890a5d-ac96-774b-bcce-b302099a8057"]
    )
    type: str = Field(description="`role`, `group` or `client`.")
    id: UUID
    name: str
    description: str
    is_asked: bool = Field(description="Whether one has asked for it, and the answer is still to come.")

    @classmethod
    def of(cls, one: Askable) -> "AskableView":
        return cls(
            thing=str(one.target), type=one.target.type, id=one.target.id, name=one.name,
            description=one.description, is_asked=one.is_asked,
        )  # fmt: skip


class AskableQuery(OneQuery):
    """What of it."""

    q: Annotated[str, Field(max_length=100, description="Part of its name.")] = ""
    type: Annotated[
        Literal["role", "group", "client"] | None, Field(description="All kinds, unless said.")
    ] = None
    reference: Annotated[
        str,
        Field(
            max_length=40,
            description="The `trace_id` of a refusal: the roles that would have changed that answer.",
        ),
    ] = ""


@access_requests.get(
    "/me/askable", scope="requests:read", query=AskableQuery, returns=AskableView, is_list=True
)
def what_i_may_ask_for(call: Call[AskableQuery, None]) -> Listing[AskableView]:
    """Apps that are closed to one, roles and groups that are open to requests, and that one does not have; up to 50 of
    each.
    """
    asked, askables = call.query, Askables(call.session, call.bearer.user_id, at=call.now)
    if asked.reference:
        found = askables.that_would_have_helped(asked.reference)
    else:
        by_type = {"client": askables.apps, "role": askables.roles, "group": askables.groups}
        wanted = [asked.type] if asked.type else [*by_type]
        found = [one for kind in wanted for one in by_type[kind](asked.q)]
    return Listing(items=[AskableView.of(one) for one in found])


@access_requests.post("/access-requests", scope="requests:write", body=AskForAccess, returns=RequestView)
def ask_for_access(call: Call[Nothing, AskForAccess]) -> Created[RequestView]:
    """Ask for a role, a group or an app.

    `thing` is its kind and id, like `role:01890a5d-ac96-774b-bcce-b302099a8057`; what is not open to requests is
    refused. Whoever decides on it gets a mail.
    """
    throttle("access_request", ASK, subject=str(call.bearer.user_id))
    wish, uow = call.body, call.uow
    if wish.thing.type != "client":
        row = request_access(uow, wish)
    else:
        client = ClosedApps(uow.session).find(wish.thing.id, call.bearer.user_id, at=uow.now)
        openers = Clients(uow.session).audience_of(client.id).refs if client else ()
        row = request_access(uow, wish, app=client.ref if client else None, openers=openers)
    return Created(view(call, row), path=f"/access-requests/{row.id}")


@access_requests.post(f"{PATH}/withdraw", scope="requests:write", returns=RequestView, status=200)
def withdraw_access_request(call: Call[Nothing, Any], request_id: UUID) -> RequestView:
    """Take back what one asked for. What was answered meanwhile is refused: 409."""
    return view(call, withdraw_request(call.uow, request_id))
