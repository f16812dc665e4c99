"""What has to happen before a client gets its code: one rule of OpenID Connect Core 3.1.2 after another."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, TypeAlias
from uuid import UUID

from portal.grants.schemas import AuthorizationRequest


class Step(Enum):
    """What the person does next."""

    SIGN_IN = "sign_in"
    SELECT_ACCOUNT = "select_account"
    REFUSED = "refused"
    CONSENT = "consent"
    ISSUE = "issue"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a client gets an error instead, in the words of the specifications."""

    error: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Who is there, and since when they have proved it."""

    user_id: UUID
    auth_time: datetime
    acr: str
    subject: str | None = None
    """The `sub` by which the client that asks knows them, where that is not their id (Core 8.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What has been done for this request so far. A request that just came has none."""

    asked_at: datetime | None = None
    """When the portal began to ask; a sign-in from then on answers `prompt=login` and `max_age`."""
    account_chosen: bool = False
    consented: bool = False


NO_PROGRESS: Final = Progress()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the person may do and has allowed: access to the client, and the remembered consent."""

    may_use: bool
    scopes: Collection[str] = ()
    claims: Collection[str] = ()
    declined: Collection[str] = ()

    def covers(self, request: AuthorizationRequest) -> bool:
        answered = {*self.scopes, *self.declined}
        return bool(answered) and set(request.scopes) <= answered and request.claims.names <= set(self.claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How far the client may go without asking."""

    require_consent: bool
    can_be_impersonated: bool
    """A native app behind an address that any other app on the device can claim (RFC 8252 section 8.6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a decision rests on."""

    presence: Presence | None
    allowed: Allowed | None
    trust: Trust
    progress: Progress = NO_PROGRESS
    at: datetime


Decision: TypeAlias = Step | Fault

PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
CREATE: Final = "create"
"""The prompt that asks for a new account (Initiating User Registration 1.0): whoever signs in afterwards will do."""
LOGIN_REQUIRED: Final = Fault("login_required", "Nobody is signed in here who could answer this request.")
UNMET_ACR: Final = Fault(
    "unmet_authentication_requirements", "No sign-in of the essential acr is possible here."
)
INSTEAD_OF_ASKING: Final = {
    Step.SIGN_IN: LOGIN_REQUIRED,
    Step.SELECT_ACCOUNT: Fault("account_selection_required", "The person has to choose an account."),
    Step.REFUSED: Fault("access_denied", "This person may not use this client."),
    Step.CONSENT: Fault("consent_required", "The person has not allowed what this request asks for."),
}


def next_step(request: AuthorizationRequest, situation: Situation) -> Decision:
    """The first thing that is still missing; with `prompt=none`, the error that says so."""
    decision = _first_missing(request, situation)
    if request.is_silent and isinstance(decision, Step):
        return INSTEAD_OF_ASKING.get(decision, decision)
    return decision


def must_sign_in(request: AuthorizationRequest, situation: Situation) -> bool:
    """Whether the person at the browser has to sign in, although perhaps somebody is signed in."""
    presence = situation.presence
    if presence is None or _is_somebody_else(request, presence):
        return True
    if _is_fresh(presence, situation.progress):
        return False
    return not {"login", CREATE}.isdisjoint(request.prompts) or _is_too_long_ago(
        request, presence, at=situation.at
    )


def _first_missing(request: AuthorizationRequest, now: Situation) -> Decision:
    if now.presence and _is_somebody_else(request, now.presence) and _is_fresh(now.presence, now.progress):
        return LOGIN_REQUIRED  # asked to sign in, and another person did
    if now.presence is None or now.allowed is None or must_sign_in(request, now):
        return Step.SIGN_IN
    if "select_account" in request.prompts and not now.progress.account_chosen:
        return Step.SELECT_ACCOUNT
    if not now.allowed.may_use:
        return Step.REFUSED
    if request.claims.essential_acr and now.presence.acr not in request.claims.essential_acr:
        return UNMET_ACR
    return Step.CONSENT if _needs_consent(request, now.allowed, now) else Step.ISSUE


def _needs_consent(request: AuthorizationRequest, allowed: Allowed, now: Situation) -> bool:
    if now.progress.consented:
        return False
    if "consent" in request.prompts or now.trust.can_be_impersonated:
        return True
    # details are of one occasion, so a consent of before says nothing about them
    return now.trust.require_consent and (bool(request.authorization_details) or not allowed.covers(request))


def _is_somebody_else(request: AuthorizationRequest, presence: Presence) -> bool:
    return request.subject is not None and request.subject != (presence.subject or str(presence.user_id))


def _is_fresh(presence: Presence, progress: Progress) -> bool:
    return progress.asked_at is not None and presence.auth_time >= progress.asked_at


def _is_too_long_ago(request: AuthorizationRequest, presence: Presence, *, at: datetime) -> bool:
    seconds = request.max_age_seconds
    return seconds is not None and presence.auth_time + timedelta(seconds=seconds) < at
