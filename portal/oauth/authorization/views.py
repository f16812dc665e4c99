"""The authorization endpoint and the pages between it and the app (OpenID Connect Core 3.1.2)."""

from flask import Response, request

from portal.grants.rules.interaction import Fault, Step
from portal.grants.usecases.authorization import (
    Answered,
    Case,
    Outcome,
    allow,
    authorize,
    deny,
    standing_of,
)
from portal.http.context import unit_of_work
from portal.http.pages import see_other
from portal.http.throttles import throttle
from portal.infra.errors import Forbidden, NotFound
from portal.infra.rate_limit import AUTHORIZE
from portal.infra.unit_of_work import UnitOfWork
from portal.oauth.authorization import refused
from portal.oauth.authorization.answers import (
    error_to_client,
    fault_to_client,
    to_client,
    to_page,
    to_sign_in,
    way_back,
    way_of_error,
    words_of,
)
from portal.oauth.authorization.front_tokens import key_fault
from portal.oauth.authorization.journeys import (
    CHOSEN,
    MUST_SIGN_IN,
    Journey,
    begin_journey,
    case_of,
    find_journey,
    note,
    same_person,
)
from portal.oauth.authorization.misdirected import remember
from portal.oauth.authorization.reading import ToldToClientError, read_authorization_request
from portal.oauth.authorization.refused import RequestRefusedError
from portal.oauth.parameters import form_of
from portal.oauth.responses import with_parameters
from portal.sessions.services import Flow, complete_flow

MAX_ADDRESS = 8000
DENIED = Fault("access_denied", "The person has refused the request.")


def endpoint() -> Response:
    """GET with the request in the query; a POST is turned into one."""
    throttle("authorize", AUTHORIZE)
    try:
        if request.method == "POST":
            return _as_get()
        case = _asked()
    except RequestRefusedError as refusal:
        remember(refusal)
        return refusal.page()
    except ToldToClientError as told:
        return error_to_client(told)
    fault = key_fault(case)
    if fault is not None:
        return fault_to_client(case, fault)
    with unit_of_work() as uow:
        outcome = authorize(uow, case)
        if not isinstance(outcome, Answered | Fault):
            must_sign_in = outcome is Step.SIGN_IN and case.visit is not None
            return _on_the_way(begin_journey(uow, case, must_sign_in=must_sign_in), outcome)
        words = words_of(uow, case, outcome)
    return to_client(case, words)


def resume() -> Response:
    """The person comes back from signing in, or reloads a page: what is missing now?"""
    with unit_of_work() as uow:
        journey = _journey(uow, request.args.get("flow"))
        outcome = authorize(uow, journey.case)
        return _answer(uow, journey, outcome)


def consent() -> Response:
    """The person's answer. What they answer to stands in the flow; only optional scopes are taken from the form."""
    with unit_of_work() as uow:
        journey = _journey(uow, request.form.get("flow"))
        if not same_person(request.form.get("account")):
            return see_other(journey.flow.resume_path or "/")
        if request.form.get("decision") != "allow":
            deny(uow, journey.case)
            complete_flow(uow, journey.flow)
            return fault_to_client(journey.case, DENIED)
        outcome = allow(uow, journey.case, chosen=request.form.getlist("scope"))
        return _answer(uow, journey, outcome)


def choose_account() -> Response:
    """Go on as who is signed in, or sign in as somebody else."""
    with unit_of_work() as uow:
        journey = _journey(uow, request.form.get("flow"))
        if request.form.get("choice") == "continue" and same_person(request.form.get("account")):
            note(journey.flow, {CHOSEN: request.form["account"], MUST_SIGN_IN: False})
            return see_other(journey.flow.resume_path or "/")
        note(journey.flow, {CHOSEN: None, MUST_SIGN_IN: True})
        return to_sign_in(journey.flow)


def _on_the_way(flow: Flow, step: Step) -> Response:
    return to_sign_in(flow) if step is Step.SIGN_IN else see_other(flow.resume_path or "/")


def _asked() -> Case:
    """The request of the address, with whoever is at the browser.

    Raises:
        RequestRefusedError, ToldToClientError: it is not right, or its answer could not travel back.
    """
    try:
        case = case_of(*read_authorization_request(request))
    except ToldToClientError as told:
        way_of_error(told).check()
        raise
    way_back(case).check()
    return case


def _answer(uow: UnitOfWork, journey: Journey, outcome: Outcome) -> Response:
    if isinstance(outcome, Answered | Fault):
        complete_flow(uow, journey.flow)
        return to_client(journey.case, words_of(uow, journey.case, outcome))
    standing = standing_of(uow.session, journey.case, at=uow.now)
    if outcome is Step.SIGN_IN or standing is None:
        note(journey.flow, {MUST_SIGN_IN: journey.case.visit is not None})
        return to_sign_in(journey.flow)
    return to_page(outcome, journey, standing)


def _journey(uow: UnitOfWork, flow_id: str | None) -> Journey:
    if not flow_id:
        raise NotFound("Nobody comes here directly. Start in the app that you want to sign in to.")
    journey = find_journey(uow.session, flow_id)
    if journey is None:
        raise Forbidden(
            "This sign-in is over, or it was begun in another browser. Go back to the app and start again there.",
            code="flow_over",
        )
    return journey


def _as_get() -> Response:
    """A form from another site brings no cookies (SameSite); the address that it is sent on to does (Core 3.1.2.1).

    Raises:
        RequestRefusedError: it can't be written as an address.
    """
    parameters = form_of(request)
    if parameters.problem:
        raise refused.malformed(parameters.problem)
    address = with_parameters("/oauth2/authorize", parameters.pairs)
    if len(address) > MAX_ADDRESS:
        raise refused.malformed("The request is too long.")
    return see_other(address)
