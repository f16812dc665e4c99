"""An authorization request on its way through sign-in and consent: kept in a flow of this browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy.orm import Session

from portal.clients.rules import web_address_problems
from portal.clients.rules.uris import origin_of
from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.interaction import CREATE, Presence, Progress
from portal.grants.rules.scopes import allowed_of
from portal.grants.schemas import AuthorizationRequest
from portal.grants.usecases.authorization import Case, Visit
from portal.http.context import current_portal
from portal.http.flows import APP, AppShown, browser_digest, pending_flow
from portal.http.signing_in import Principal, current_principal
from portal.infra.unit_of_work import UnitOfWork
from portal.oauth.adapters import RelyingClient
from portal.sessions.services import Flow, begin_flow

KIND: Final = "authorize"
RESUME_PATH: Final = "/oauth2/authorize/resume"
REQUEST: Final = "request"
MUST_SIGN_IN: Final = "must_sign_in"
LOGIN_HINT: Final = "login_hint"
CHOSEN: Final = "account_chosen"


@dataclass(frozen=True, slots=True)
class Journey:
    """A flow with the case that it carries."""

    flow: Flow
    case: Case


def case_of(request: AuthorizationRequest, client: ClientSnapshot, flow: Flow | None = None) -> Case:
    """The request with whoever is at the browser now."""
    principal = current_principal()
    return Case(
        request=request,
        client=client,
        visit=_visit(principal, client) if principal else None,
        progress=_progress(flow, principal),
    )


def begin_journey(uow: UnitOfWork, case: Case, *, must_sign_in: bool) -> Flow:
    """Keep the request until the person has done what is missing."""
    return begin_flow(
        uow,
        KIND,
        browser_digest=browser_digest(),
        resume_path=RESUME_PATH,
        app_name=case.client.client_name,
        redirect_origin=form_action_of(case.request.redirect_uri),
        state={
            REQUEST: case.request.model_dump(mode="json"),
            MUST_SIGN_IN: must_sign_in,
            LOGIN_HINT: case.request.login_hint,
            APP: shown_of(case.client).document(),
        },
    )


def shown_of(client: ClientSnapshot) -> AppShown:
    """What the pages on the way say of an app."""
    return AppShown(
        client_pk=client.id,
        has_logo=client.logo_uri is not None,
        is_vouched=client.is_vouched,
        home_uri=_linkable(client.client_uri),
        policy_uri=_linkable(client.policy_uri),
        tos_uri=_linkable(client.tos_uri),
    )


def _linkable(uri: str | None) -> str | None:
    """Checked when it was registered, and again before anybody can press it: a scheme may have been let in by an older
    release, or by hand (CVE-2026-29192).
    """
    return uri if uri is not None and not web_address_problems(uri) else None


def find_journey(session: Session, flow_id: str | None) -> Journey | None:
    """The pending request of this browser, held against its client as that is now; None if it can't go on."""
    flow = pending_flow(session, flow_id)
    if flow is None or flow.kind != KIND:
        return None
    try:
        request = AuthorizationRequest.model_validate(flow.state[REQUEST])
    except (ValidationError, KeyError):  # written by another release
        return None
    client = current_portal().clients.current(request.client_id)
    if (
        client is None
        or not client.is_active
        or not RelyingClient(client).check_redirect_uri(request.redirect_uri)
    ):
        return None
    still_allowed = allowed_of(request.scopes, registered=client.scopes)
    if not still_allowed or not set(request.resources) <= set(client.switches.resources):
        return None
    request = request.model_copy(update={"scopes": still_allowed})
    return Journey(flow, case_of(request, client, flow))


def note(flow: Flow, facts: Mapping[str, Any]) -> None:
    """Remember a step. The document is replaced, because a change inside one is not noticed."""
    flow.state = {**flow.state, **facts}


def wants_account(flow: Flow) -> bool:
    """Whether the request asks for a new account."""
    return CREATE in flow.state[REQUEST]["prompts"]


def form_action_of(redirect_uri: str) -> str | None:
    """What a page's Content Security Policy must allow for a form to end there: an origin, or a scheme of an app's own.

    A policy can't name an IPv6 address, so there the scheme has to do.
    """
    origin = origin_of(redirect_uri)
    if origin is None or "[" in origin:
        return f"{redirect_uri.partition(':')[0]}:"
    return origin


def _visit(principal: Principal, client: ClientSnapshot) -> Visit:
    presence = Presence(
        user_id=principal.user_id,
        auth_time=principal.auth_time,
        acr=principal.acr,
        subject=current_portal().issuer.subject_of(client, principal.user_id),
    )
    return Visit(session_id=principal.session_id, presence=presence, amr=principal.amr)


def _progress(flow: Flow | None, principal: Principal | None) -> Progress:
    if flow is None or principal is None:
        return Progress()
    signed_in_meanwhile = principal.auth_time >= flow.created_at
    chosen = flow.state.get(CHOSEN) == str(principal.user_id)
    return Progress(asked_at=flow.created_at, account_chosen=signed_in_meanwhile or chosen)


def same_person(posted: str | None) -> bool:
    """Whether the page that was sent in had been shown to whoever is signed in now."""
    principal = current_principal()
    return principal is not None and posted == str(principal.user_id)
