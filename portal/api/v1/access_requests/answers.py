"""Requests before those who answer: whoever decides on all, owners of roles, and administrators of groups."""

from typing import Any
from uuid import UUID

from portal.access.errors import AccessRequestNotFound
from portal.access.repository.requests import AccessRequests
from portal.access.schemas.requests import ApproveRequest, RefuseRequest
from portal.access.services.requests import say_of
from portal.access.usecases.answers import approve_request, refuse_request
from portal.api.calls import Call
from portal.api.shapes import Listing, Nothing, OneQuery
from portal.api.v1.access_requests.room import (
    PATH,
    RESOURCE,
    RequestQuery,
    RequestView,
    access_requests,
    shown,
    view,
)
from portal.api.v1.parts import looks_after_something, places
from portal.http.concerns import Standing, concern_of, standing_of


@access_requests.get(
    "/access-requests", scope="requests:read", permission=("read", RESOURCE), concerns=looks_after_something,
    query=RequestQuery, returns=RequestView, is_list=True,
)  # fmt: skip
def list_access_requests(call: Call[RequestQuery, None]) -> Listing[RequestView]:
    """What people ask for, the newest first.

    Who may not read all requests and looks after a role or a group finds those about it, and about the apps that it
    opens.
    """
    asked, bearer = call.query, call.bearer
    concern = concern_of(call.session, bearer.user_id, sees_all=bearer.may("read", RESOURCE))
    found = AccessRequests(call.session).page(
        about=concern.about, state=asked.state, search=asked.q, size=asked.limit, **places(call.turn)
    )
    return Listing(items=shown(call, found.items), older=found.older, newer=found.newer)


@access_requests.get(PATH, scope="requests:read", returns=RequestView)
def show_access_request(call: Call[OneQuery, None], request_id: UUID) -> RequestView:
    """One request: one's own, or one that is one's affair."""
    row, bearer = AccessRequests(call.session).get(request_id), call.bearer
    if row is None:
        raise AccessRequestNotFound
    if row.user_id != bearer.user_id and not bearer.may("read", RESOURCE):
        say = say_of(call.session, row, bearer.user_id, at=call.now, **_standing(call, request_id))
        if not say.is_concerned:
            raise AccessRequestNotFound
    return view(call, row)


@access_requests.post(
    f"{PATH}/approve", scope="requests:write", permission=("update", RESOURCE), concerns=looks_after_something,
    body=ApproveRequest, returns=RequestView, status=200,
)  # fmt: skip
def approve_access_request(call: Call[Nothing, ApproveRequest], request_id: UUID) -> RequestView:
    """Say yes: what was asked for is given at once, and a mail says so.

    For an app, `give` says which of the roles and groups that open it. Nobody decides on their own request, nor gives
    more than they may do themselves. Of two who answer at once the first one counts; the other one gets 409.
    """
    standing = _standing(call, request_id)
    return view(call, approve_request(call.uow, request_id, call.body, **standing))


@access_requests.post(
    f"{PATH}/refuse", scope="requests:write", permission=("update", RESOURCE), concerns=looks_after_something,
    body=RefuseRequest, returns=RequestView, status=200,
)  # fmt: skip
def refuse_access_request(call: Call[Nothing, RefuseRequest], request_id: UUID) -> RequestView:
    """Say no, and why; a mail tells it to whoever asked."""
    standing = _standing(call, request_id)
    return view(call, refuse_request(call.uow, request_id, call.body, **standing))


def _standing(call: Call[Any, Any], request_id: UUID) -> Standing:
    return standing_of(call.session, request_id, decides_on_all=call.bearer.may("update", RESOURCE))
