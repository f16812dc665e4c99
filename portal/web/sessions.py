"""Where a person is signed in, and how to be so no longer."""

from uuid import UUID

from flask import Response, flash, request, url_for

from portal.grants.usecases.personal_tokens import revoke_personal_tokens
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.guards import signed_in
from portal.http.pages import respond, see_other
from portal.infra.events import Ref
from portal.infra.user_agents import device_name, is_hand_held
from portal.sessions.errors import SessionNotFound
from portal.sessions.repository import Sessions
from portal.sessions.usecases.sign_out import end_all_sessions, end_other_sessions, end_session
from portal.web.account import account, myself
from portal.web.logout import farewell_from


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
        return farewell_from(me.session_id)
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


@account.route("/account/sessions/end-all", methods=["GET", "POST"])
@signed_in
def end_every_session() -> Response:
    """Here too, and with it in every app that wants to know; and tokens for scripts count no more. Asks first: one has
    to sign in again afterwards.
    """
    me = myself()
    if request.method != "POST":
        return respond("web/sessions/end_all.html", nav="sessions")
    with unit_of_work() as uow:
        end_all_sessions(uow, me.user_id, reason="signed_out")
        revoke_personal_tokens(uow, owner=Ref("user", me.user_id, me.username), reason="signed_out")
    return farewell_from(me.session_id)
