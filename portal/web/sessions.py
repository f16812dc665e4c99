"""Where a person is signed in, and how to be so no longer."""

from uuid import UUID

from flask import Response, flash, url_for

from portal.http.context import current_portal, reading, unit_of_work
from portal.http.guards import signed_in
from portal.http.pages import respond, see_other
from portal.http.signing_in import forget_session
from portal.infra.user_agents import device_name, is_hand_held
from portal.sessions.errors import SessionNotFound
from portal.sessions.repository import Sessions
from portal.sessions.usecases.sign_out import end_other_sessions, end_session
from portal.web.account import account, myself


@account.get("/account/sessions")
@signed_in
def sessions() -> Response:
    with reading() as database:
        found = Sessions(database).live_of(myself().user_id, at=current_portal().ports.clock.now())
    return respond(
        "web/sessions/listing.html",
        nav="sessions",
        sessions=found,
        device_name=device_name,
        is_hand_held=is_hand_held,
    )


@account.post("/account/sessions/<uuid:session_id>/end")
@signed_in
def end_one_session(session_id: UUID) -> Response:
    """Only one's own; an ended one is ended."""
    me = myself()
    try:
        with unit_of_work() as uow:
            ended = end_session(uow, session_id, user_id=me.user_id, reason="signed_out_elsewhere")
            name = device_name(ended.user_agent)
    except SessionNotFound:
        flash("That session had ended already")
        return see_other(url_for("account.sessions"))
    if session_id == me.session_id:
        response = forget_session(see_other(url_for("login.identifier")))
        flash("You are signed out")
        return response
    flash(f"Signed out {name}")
    return see_other(url_for("account.sessions"))


@account.post("/account/sessions/end-others")
@signed_in
def end_other_browsers() -> Response:
    me = myself()
    with unit_of_work() as uow:
        count = end_other_sessions(uow, me.user_id, keep=me.session_id)
    flash("Signed out 1 other session" if count == 1 else f"Signed out {count} other sessions")
    return see_other(url_for("account.sessions"))
