"""What the browser gets for each outcome: a redirect to the app, to the sign-in page, or a page of ours."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import Response, current_app, url_for

from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.grants import Standing
from portal.grants.repository.holdings import holdings_of
from portal.grants.rules.claims import access_claims_of
from portal.grants.rules.holdings import Holdings
from portal.grants.rules.interaction import Fault, Step
from portal.grants.usecases.authorization import Answered, Case
from portal.http.context import current_portal, reading
from portal.http.pages import respond, see_other
from portal.http.security import allow_form_action
from portal.infra.unit_of_work import UnitOfWork
from portal.oauth.authorization.front_tokens import tokens_in_front
from portal.oauth.authorization.journeys import Journey, shown_of, wants_account
from portal.oauth.authorization.modes import WayBack, send_back
from portal.oauth.authorization.reading import ToldToClientError
from portal.oauth.authorization.shown import Permission, host_shown, permissions_shown
from portal.sessions.services import Flow

DAY_SECONDS = 86_400
ASK_ENDPOINT = "access_requests.new"


def way_back(case: Case) -> WayBack:
    """Where and how the app of this case wants its answer."""
    asked = case.request
    return WayBack(
        client=case.client, redirect_uri=asked.redirect_uri, mode=asked.response_mode, state=asked.state
    )


def way_of_error(told: ToldToClientError) -> WayBack:
    """The same for a request that turned out to be wrong."""
    return WayBack(
        client=told.client, redirect_uri=told.redirect_uri, mode=told.response_mode, state=told.state
    )


def words_of(uow: UnitOfWork, case: Case, outcome: Answered | Fault) -> dict[str, str | None]:
    """The parameters of the answer: code and tokens, or why there are none. Whoever gets them is told by `to_client`,
    after the transaction.
    """
    if isinstance(outcome, Fault):
        return {"error": outcome.error, "error_description": outcome.description}
    try:
        return {"code": outcome.code, **tokens_in_front(uow, case, outcome)}
    except OAuth2Error as missing:  # nobody has seen the code, and nobody will
        return {"error": missing.error, "error_description": missing.get_error_description()}


def to_client(case: Case, words: Mapping[str, str | None]) -> Response:
    return send_back(way_back(case), words)


def fault_to_client(case: Case, fault: Fault) -> Response:
    return to_client(case, {"error": fault.error, "error_description": fault.description})


def error_to_client(told: ToldToClientError) -> Response:
    description = told.error.get_error_description() or None
    return send_back(way_of_error(told), {"error": told.error.error, "error_description": description})


def to_sign_in(flow: Flow) -> Response:
    """To the sign-in page, or to the one for a new account; both come back to the flow's resume address."""
    return see_other(url_for("signup.form" if wants_account(flow) else "login.identifier", flow=flow.id))


def to_page(step: Step, journey: Journey, standing: Standing) -> Response:
    """The page of a step, in front of the person whose answer it needs."""
    allow_form_action(journey.flow.redirect_origin)
    client, request = journey.case.client, journey.case.request
    shown: dict[str, Any] = {
        "flow_id": journey.flow.id,
        "client": client,
        "app": shown_of(client),
        "app_host": host_shown(client.client_id) if "://" in client.client_id else None,
        "user": standing.user,
        "redirect_host": host_shown(request.redirect_uri),
    }
    match step:
        case Step.CONSENT:
            shared = _permissions(journey.case, standing)
            return respond("oauth/consent.html", permissions=shared, **shown)
        case Step.SELECT_ACCOUNT:
            return respond("oauth/select_account.html", **shown)
        case _:
            return respond("oauth/access_refused.html", status=403, ask_url=_ask_url(client), **shown)


def _ask_url(client: ClientSnapshot) -> str | None:
    """Where to ask for access, in a portal where people may."""
    if ASK_ENDPOINT not in current_app.view_functions:
        return None
    return url_for(ASK_ENDPOINT, client=client.id)


def _permissions(case: Case, standing: Standing) -> list[Permission]:
    portal, request = current_portal(), case.request
    claims = access_claims_of(request.scopes, further=request.claims.names)
    held = Holdings(())
    if claims:
        at = portal.ports.clock.now()
        with reading() as session:
            held = holdings_of(session, standing.user.id, case.client.id, claims=claims, at=at)
    return permissions_shown(
        request,
        standing,
        held=held.claims(claims),
        unused_days=portal.settings.refresh_token_seconds // DAY_SECONDS,
    )
