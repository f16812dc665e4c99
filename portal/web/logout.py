"""Signing out. A link only asks; the button does it, so that no other site can sign anybody out."""

from flask import Blueprint, Response, flash, request, url_for

from portal.http.context import unit_of_work
from portal.http.leaving import farewell_to
from portal.http.pages import respond, see_other
from portal.http.signing_in import Principal, current_principal, forget_session
from portal.sessions.errors import SessionNotFound
from portal.sessions.usecases.sign_out import end_session

logout = Blueprint("logout", __name__)


@logout.route("/logout", methods=["GET", "POST"])
def confirm() -> Response:
    principal = current_principal()
    if request.method != "POST" and principal is not None:
        return respond("web/logout/confirm.html")
    if principal is not None:
        _end(principal)
    return farewell_from(principal)


def _end(principal: Principal) -> None:
    try:
        with unit_of_work() as uow:
            end_session(uow, principal.session_id, user_id=principal.user_id)
    except SessionNotFound:
        return  # another tab was faster


def farewell_from(principal: Principal | None) -> Response:
    """To the sign-in page; or first to the one that lets apps hear of it, where some have to from this browser."""
    farewell = farewell_to(principal.session_id) if principal is not None else None
    # without a session too: whatever half of one the browser holds goes
    response = forget_session(see_other(farewell or url_for("login.identifier")))
    if farewell is None:
        flash("You are signed out")
    return response
