"""Signing out. A link only asks; the button does it, so that no other site can sign anybody out."""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for

from portal.http.context import unit_of_work
from portal.http.leaving import Leaver, current_leaver, farewell_to
from portal.http.pages import respond, see_other
from portal.http.signing_in import forget_session
from portal.sessions.errors import SessionNotFound
from portal.sessions.usecases.sign_out import end_session

logout = Blueprint("logout", __name__)


@logout.route("/logout", methods=["GET", "POST"])
def confirm() -> Response:
    leaver = current_leaver()
    if request.method != "POST" and leaver is not None:
        return respond("web/logout/confirm.html", leaver=leaver)
    if leaver is not None:
        _end(leaver)
    return farewell_from(leaver.session_id if leaver else None)


def _end(leaver: Leaver) -> None:
    try:
        with unit_of_work(leaver.actor) as uow:
            end_session(uow, leaver.session_id, user_id=leaver.user_id)
    except SessionNotFound:
        return  # another tab was faster


def farewell_from(session_id: UUID | None) -> Response:
    """To the sign-in page; or first to the one that lets apps hear of it, where some have to from this browser."""
    farewell = farewell_to(session_id) if session_id is not None else None
    # without a session too: whatever half of one the browser holds goes
    response = forget_session(see_other(farewell or url_for("login.identifier")))
    if farewell is None:
        flash("You are signed out")
    return response
