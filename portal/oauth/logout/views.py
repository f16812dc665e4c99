"""The end session endpoint: who is asked, who is signed out, and where that leads."""

from typing import Final

from flask import Response, request, url_for

from portal.grants.usecases.sign_out import sign_out_by_app
from portal.http.context import unit_of_work
from portal.http.leaving import Leaver, current_leaver, farewell_to, read_farewell
from portal.http.pages import respond, see_other
from portal.http.security import allow_form_action, allow_frames
from portal.http.signing_in import forget_session
from portal.oauth.authorization.journeys import form_action_of
from portal.oauth.logout.frames import frames_of
from portal.oauth.logout.reading import CARRIED, Leaving, read
from portal.oauth.parameters import Parameters, form_of
from portal.oauth.requests import ProtocolRequest
from portal.oauth.responses import redirect_to, with_parameters

MAX_ADDRESS: Final = 8000
LONGEST_WAIT_SECONDS: Final = 4
"""For apps that do not answer. Without a script the browser goes on a little later by itself."""


def logout() -> Response:
    """GET with the request in the query; a POST is turned into one, since a foreign form brings no cookies."""
    if request.method == "POST":
        return _as_get()
    leaving = read(ProtocolRequest.of_query(request))
    person = current_leaver()
    if person is None or leaving.speaks_for(person):
        return _leave(leaving, person)
    return _ask(leaving, person)


def confirm() -> Response:
    """The person has said yes on our own page, which brings back what the app had asked for."""
    carried = {name: value for name in CARRIED if (value := request.form.get(name))}
    return _leave(read(ProtocolRequest(request, Parameters(values=carried))), current_leaver())


def signed_out() -> Response:
    """Where a sign-out ends. Apps that want to hear of it from the browser are framed here, before it goes on."""
    farewell = read_farewell()
    if farewell is None:
        return respond("oauth/signed_out.html")
    frames = frames_of(farewell.session_id)
    allow_frames(frame.origin for frame in frames)
    return respond(
        "oauth/signed_out.html",
        frames=frames,
        onward=farewell.redirect_uri,
        app_name=farewell.app_name,
        wait_seconds=LONGEST_WAIT_SECONDS,
    )


def _ask(leaving: Leaving, person: Leaver) -> Response:
    if leaving.redirect_uri is not None:
        allow_form_action(form_action_of(leaving.redirect_uri))
    return respond(
        "oauth/logout.html",
        carried=leaving.carried,
        client=leaving.client,
        problem=leaving.problem,
        leaver=person,
    )


def _leave(leaving: Leaving, person: Leaver | None) -> Response:
    onward, app_name = leaving.redirect_uri, leaving.client.client_name if leaving.client else None
    if person is not None:
        with unit_of_work(person.actor) as uow:
            sign_out_by_app(uow, person.session_id, user_id=person.user_id, client=leaving.client)
        farewell = farewell_to(person.session_id, redirect_uri=onward, app_name=app_name)
        if farewell is not None:
            return forget_session(see_other(farewell))
    if onward is not None:
        return forget_session(redirect_to(onward))
    return forget_session(see_other(url_for("oauth_pages.signed_out")))


def _as_get() -> Response:
    parameters = form_of(request)
    address = with_parameters(request.path, dict(parameters.values))
    if parameters.problem or len(address) > MAX_ADDRESS:
        address = request.path
    return see_other(address)
