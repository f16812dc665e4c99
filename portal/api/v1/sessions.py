"""Browsers that are signed in: one's own, and everybody's."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, Field

from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Listing, ListQuery, Nothing, View
from portal.api.v1.parts import places
from portal.infra.user_agents import device_name
from portal.sessions.errors import SessionNotFound
from portal.sessions.repository import SessionFilter, Sessions
from portal.sessions.usecases.sign_out import end_all_sessions, end_session

sessions: Final = Room("Sessions", "Browsers that are signed in now.")


class SessionView(View):
    """A browser that is signed in."""

    id: UUID
    user_id: UUID
    username: str
    device: str = Field(description="What the browser is, in words.", examples=["Firefox on Linux"])
    ip: str | None
    amr: list[str] = Field(description="How the person proved who they are (RFC 8176).")
    acr: str
    auth_time: datetime
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool = Field(description="Whether the token of this call hangs on it.")


class Ended(View):
    """How many there were."""

    ended: int


class SessionQuery(ListQuery):
    """Whose, from where, since when."""

    user_id: UUID | None = None
    ip: Annotated[str, Field(max_length=45, description="An address, or how one begins.")] = ""
    since: AwareDatetime | None = None


@sessions.get(
    "/sessions", scope="sessions:read", permission=("read", "session"), query=SessionQuery, returns=SessionView,
    is_list=True,
)  # fmt: skip
def list_sessions(call: Call[SessionQuery, None]) -> Listing[SessionView]:
    """Everybody's open sessions, the last opened first."""
    asked = call.query
    return _listing(call, SessionFilter(user_id=asked.user_id, ip=asked.ip, since=asked.since))


@sessions.delete("/sessions/<uuid:session_id>", scope="sessions:write", permission=("delete", "session"))
def remove_session(call: Call[Nothing, Any], session_id: UUID) -> None:
    """Sign a browser out."""
    session = Sessions(call.session).get(session_id)
    if session is None:
        raise SessionNotFound
    end_session(call.uow, session_id, user_id=session.user_id, reason="ended_by_operator")


@sessions.post(
    "/users/<uuid:user_id>/sessions/end", scope="sessions:write", permission=("delete", "session"), returns=Ended,
    status=200,
)  # fmt: skip
def end_sessions_of_user(call: Call[Nothing, None], user_id: UUID) -> Ended:
    """Sign somebody out everywhere."""
    return Ended(ended=end_all_sessions(call.uow, user_id))


@sessions.get("/me/sessions", scope="account:read", query=ListQuery, returns=SessionView, is_list=True)
def list_my_sessions(call: Call[ListQuery, None]) -> Listing[SessionView]:
    """One's own open sessions."""
    return _listing(call, SessionFilter(user_id=call.bearer.user_id))


@sessions.delete("/me/sessions/<uuid:session_id>", scope="account:write")
def remove_my_session(call: Call[Nothing, Any], session_id: UUID) -> None:
    """Sign one of one's own browsers out. Somebody else's is not there to be found."""
    end_session(call.uow, session_id, user_id=call.bearer.user_id)


def _listing(call: Call[Any, Any], wanted: SessionFilter) -> Listing[SessionView]:
    found = Sessions(call.session).page(
        wanted,
        at=call.now,
        **places(call.turn),
        size=call.query.limit,
    )
    mine = call.bearer.standing.session_id
    items = [
        SessionView(
            id=one.id,
            user_id=user.id,
            username=user.username,
            device=device_name(one.user_agent),
            ip=one.ip,
            amr=list(one.amr),
            acr=one.acr,
            auth_time=one.auth_time,
            created_at=one.created_at,
            last_seen_at=one.last_seen_at,
            expires_at=min(one.expires_at, one.idle_expires_at),
            is_current=one.id == mine,
        )
        for one, user in found.items
    ]
    return Listing(items=items, older=found.older, newer=found.newer)
