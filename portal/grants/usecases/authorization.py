"""A client asks for a person: what is missing, what the person answers, and the code in the end."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from portal.clients.events import ClientTurnedAway
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import ConsentDenied, ConsentGranted, SignedInToApp
from portal.grants.models import AuthorizationCode, Grant
from portal.grants.repository.codes import Codes
from portal.grants.repository.grants import Grants, Standing
from portal.grants.rules.interaction import (
    INSTEAD_OF_ASKING,
    NO_PROGRESS,
    Allowed,
    Decision,
    Fault,
    Presence,
    Progress,
    Situation,
    Step,
    Trust,
    next_step,
)
from portal.grants.rules.scopes import OPTIONAL
from portal.grants.schemas import AuthorizationRequest
from portal.grants.usecases.pushed_requests import use_up
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.errors import NotSignedIn
from portal.infra.events import changes
from portal.infra.ids import new_id
from portal.infra.rate_limit import TURNED_AWAY
from portal.infra.rate_limit import Allowed as Counted
from portal.infra.unit_of_work import UnitOfWork

CODE_LIFETIME: Final = timedelta(seconds=60)
MOST_UNUSED_CODES: Final = 10
"""Of one person for one client: a flood of requests leaves no more behind (RFC 6819 section 4.4.1.11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The signed-in browser that a request came through."""

    session_id: UUID
    presence: Presence
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request as it stands: who asks, who is at the browser, and how far they have come."""

    request: AuthorizationRequest
    client: ClientSnapshot
    visit: Visit | None
    progress: Progress = NO_PROGRESS


@dataclass(frozen=True, slots=True)
class CodeIssued:
    """The code, for the redirect and nothing else."""

    code: str = field(repr=False)


Outcome: TypeAlias = CodeIssued | Decision


def authorize(uow: UnitOfWork, case: Case) -> Outcome:
    """Issue a code, or say what has to happen first; with `prompt=none`, why it can't be."""
    standing = standing_of(uow.session, case, at=uow.now)
    decision = next_step(case.request, _situation(case, standing, at=uow.now))
    if isinstance(decision, Fault) or decision is Step.ISSUE:
        use_up(uow, case.request.pushed_id)
    if decision is not Step.ISSUE or standing is None or case.visit is None:
        _note_turned_away(uow, case, standing, decision)
        return decision
    grant = standing.grant
    if grant is None or not _allowed(standing).covers(case.request):
        grant = _remember(uow, case, standing, declined=())
    grant.last_used_at = uow.now
    return _issue_code(uow, case, standing, grant)


def allow(uow: UnitOfWork, case: Case, *, chosen: Collection[str]) -> Outcome:
    """The person said yes, and which of the optional scopes they chose. Everything else is decided anew."""
    standing = standing_of(uow.session, case, at=uow.now)
    agreed = replace(case, progress=replace(case.progress, consented=True))
    decision = next_step(case.request, _situation(agreed, standing, at=uow.now))
    if isinstance(decision, Fault) or decision is Step.ISSUE:
        use_up(uow, case.request.pushed_id)
    if decision is not Step.ISSUE or standing is None or case.visit is None:
        return decision
    declined = [scope for scope in case.request.scopes if scope in OPTIONAL and scope not in chosen]
    grant = _remember(uow, case, standing, declined=declined)
    return _issue_code(uow, case, standing, grant)


def deny(uow: UnitOfWork, case: Case) -> None:
    """The person said no. Nothing is remembered but the fact: next time they are asked again."""
    use_up(uow, case.request.pushed_id)
    standing = standing_of(uow.session, case, at=uow.now)
    if standing is not None and standing.may_use:
        details = {"scopes": list(case.request.scopes)}
        uow.publish(ConsentDenied(touched=(standing.user.ref, case.client.ref), details=details))


def _note_turned_away(uow: UnitOfWork, case: Case, standing: Standing | None, decision: Decision) -> None:
    """Remember that the app is closed to somebody: once in a while, for some apps ask silently every few seconds."""
    if standing is None or decision not in {Step.REFUSED, INSTEAD_OF_ASKING[Step.REFUSED]}:
        return
    subject = f"{standing.user.id} {case.client.id}"
    if isinstance(uow.ports.limiter.hit("turned_away", subject, TURNED_AWAY), Counted):
        uow.publish(ClientTurnedAway(touched=(case.client.ref, standing.user.ref)))


def trust_of(client: ClientSnapshot, redirect_uri: str) -> Trust:
    """A native app behind a scheme or a loopback port of its own could be any app on the device."""
    is_claimed_by_web = redirect_uri.startswith("https://")
    return Trust(
        require_consent=client.require_consent,
        can_be_impersonated=client.kind == "native" and not is_claimed_by_web,
    )


def standing_of(session: Session, case: Case, *, at: datetime) -> Standing | None:
    """The person at the browser before the client; None without a person who may sign in."""
    if case.visit is None:
        return None
    standing = Grants(session).standing(case.visit.presence.user_id, case.client.id, at=at)
    return standing if standing is not None and standing.user.is_active else None


def _allowed(standing: Standing) -> Allowed:
    grant = standing.grant
    if grant is None:
        return Allowed(may_use=standing.may_use)
    return Allowed(
        may_use=standing.may_use, scopes=grant.scopes, claims=grant.claims, declined=grant.declined
    )


def _situation(case: Case, standing: Standing | None, *, at: datetime) -> Situation:
    return Situation(
        presence=case.visit.presence if case.visit else None,
        allowed=_allowed(standing) if standing else None,
        trust=trust_of(case.client, case.request.redirect_uri),
        progress=case.progress,
        at=at,
    )


def _remember(uow: UnitOfWork, case: Case, standing: Standing, *, declined: Collection[str]) -> Grant:
    """Make or widen the one live grant between the two; two answers at once make one grant."""
    user, client = standing.user, case.client
    uow.lock(f"grants.{user.id}.{client.id}")
    grant = Grants(uow.session).live(user.id, client.id)
    before = grant.describe() if grant else {}
    if grant is None:
        grant = Grant(
            user_id=user.id, client_pk=client.id, scopes=[], granted_at=uow.now, last_used_at=uow.now
        )
        uow.session.add(grant)
    granted = [scope for scope in case.request.scopes if scope not in declined]
    grant.decide(scopes=granted, claims=case.request.claims.names, declined=declined, at=uow.now)
    uow.session.flush()
    changed_from, changed_to = changes(before, grant.describe())
    if changed_to:
        reason = None if client.require_consent else "this app needs no consent"
        touched = (user.ref, client.ref, grant.ref)
        uow.publish(ConsentGranted(touched=touched, before=changed_from, after=changed_to, reason=reason))
    return grant


def _issue_code(uow: UnitOfWork, case: Case, standing: Standing, grant: Grant) -> CodeIssued:
    """Bind the code to all that it was asked with (RFC 9700 section 2.1.1)."""
    request, visit, user = case.request, case.visit, standing.user
    if visit is None:
        raise NotSignedIn("Sign in first.")
    Codes(uow.session).keep_newest(grant.id, most=MOST_UNUSED_CODES - 1, at=uow.now)
    row_id = new_id()
    issued = issue(TokenKind.AUTHORIZATION_CODE, row_id)
    scope = " ".join(scope for scope in request.scopes if scope in grant.scopes)
    uow.session.add(
        AuthorizationCode(
            id=row_id,
            digest=issued.digest,
            grant_id=grant.id,
            client_pk=case.client.id,
            user_id=user.id,
            session_id=visit.session_id,
            security_epoch=user.security_epoch,
            redirect_uri=request.redirect_uri if request.redirect_uri_sent else None,
            scope=scope,
            nonce=request.nonce,
            code_challenge=request.code_challenge,
            auth_time=visit.presence.auth_time,
            amr=list(visit.amr),
            acr=visit.presence.acr,
            created_at=uow.now,
            expires_at=uow.now + CODE_LIFETIME,
            claims=request.claims.by_place(),
            resources=list(request.resources) or None,
            authorization_details=(
                {"details": list(request.authorization_details)} if request.authorization_details else None
            ),
            dpop_jkt=request.dpop_jkt,
        )
    )
    uow.session.flush()
    note_participation(uow, visit.session_id, case.client)
    uow.publish(SignedInToApp(touched=(user.ref, case.client.ref, grant.ref), details={"scope": scope}))
    return CodeIssued(issued.token)
