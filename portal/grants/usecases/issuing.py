"""The end of an authorization request: a code, what tokens through the browser are made from, or both."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from portal.clients.services import note_first_sign_in
from portal.grants.events import SignedInToApp, TokensIssued
from portal.grants.models import Grant, TokenFamily
from portal.grants.repository.codes import Codes
from portal.grants.repository.grants import Standing
from portal.grants.rules.claims import claims_about, names_of
from portal.grants.rules.front_channel import IMPLICIT, has_access_token
from portal.grants.rules.interaction import INSTEAD_OF_ASKING, Fault, Step
from portal.grants.rules.response_types import CODE, has_code
from portal.grants.rules.scopes import OFFLINE_ACCESS
from portal.grants.services import Issued
from portal.grants.services.chains import Lifetimes, issued_of, save_family
from portal.grants.services.foundations import foundation_of
from portal.grants.services.leaving import note_participation
from portal.grants.usecases.cases import Answered, Case, Visit
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.events import Ref
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

CODE_LIFETIME: Final = timedelta(seconds=60)
MOST_UNUSED_CODES: Final = 10
"""Of one person for one client: a flood of requests leaves no more behind (RFC 6819 section 4.4.1.11)."""
ID_TOKEN_ALONE: Final = "id_token"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What everything in one answer rests on."""

    case: Case
    visit: Visit
    standing: Standing
    grant: Grant
    scope: str

    @property
    def touched(self) -> tuple[Ref, ...]:
        return (self.standing.user.ref, self.case.client.ref, self.grant.ref)

    def columns(self) -> dict[str, Any]:
        """What codes and families alike keep of it."""
        request, user = self.case.request, self.standing.user
        details = list(request.authorization_details)
        return {
            "grant_id": self.grant.id,
            "client_pk": self.case.client.id,
            "user_id": user.id,
            "session_id": self.visit.session_id,
            "security_epoch": user.security_epoch,
            "scope": self.scope,
            "auth_time": self.visit.presence.auth_time,
            "amr": list(self.visit.amr),
            "acr": self.visit.presence.acr,
            "claims": request.claims.by_place(),
            "resources": list(request.resources) or None,
            "authorization_details": {"details": details} if details else None,
        }


def answer(
    uow: UnitOfWork, case: Case, *, visit: Visit, standing: Standing, grant: Grant
) -> Answered | Fault:
    """Give the app what its response type names, bound to all that was asked (RFC 9700 section 2.1.1)."""
    ground = _Ground(case=case, visit=visit, standing=standing, grant=grant, scope=_scope(case, grant))
    is_code = case.request.response_type == CODE
    answered = Answered(code=_add_code(uow, ground)) if is_code else _in_front(uow, ground)
    if isinstance(answered, Answered):
        note_participation(uow, visit.session_id, case.client)
        uow.publish(SignedInToApp(touched=ground.touched, details={"scope": ground.scope}))
    return answered


def _in_front(uow: UnitOfWork, ground: _Ground) -> Answered | Fault:
    """Tokens through the browser, perhaps beside a code. What they rest on may have ended this second."""
    kind, family = ground.case.request.response_type, _family(uow, ground)
    foundation = foundation_of(uow.session, family, is_open=ground.standing.is_open, at=uow.now)
    if foundation is None:
        return INSTEAD_OF_ASKING[Step.REFUSED]
    joined = family if has_access_token(kind) else None
    code = _add_code(uow, ground, joined=joined) if has_code(kind) else None
    if code is None and ground.standing.client_is_new:
        note_first_sign_in(uow, ground.case.client.id)
    if joined is not None:
        save_family(uow, joined)
        details = {"grant_type": IMPLICIT, "scope": ground.scope}
        uow.publish(TokensIssued(touched=ground.touched, details=details))
    request = ground.case.request
    lifetimes = Lifetimes.of(ground.case.client, uow.ports.settings)
    issued = issued_of(
        uow, family, foundation, lifetimes=lifetimes, resources=request.resources, nonce=request.nonce
    )
    return Answered(code=code, issued=issued, told=_told(ground, issued))


def _scope(case: Case, grant: Grant) -> str:
    """What the person has agreed to of what was asked; nobody stays connected without a code (Core 11)."""
    request = case.request
    given = (scope for scope in request.scopes if scope in grant.scopes)
    with_code = has_code(request.response_type)
    return " ".join(scope for scope in given if with_code or scope != OFFLINE_ACCESS)


def _add_code(uow: UnitOfWork, ground: _Ground, *, joined: TokenFamily | None = None) -> str:
    """A code, once. Where an access token came with it, both hang on one family, so that a replay ends both."""
    request = ground.case.request
    codes = Codes(uow.connection)
    if ground.standing.open_codes >= MOST_UNUSED_CODES:
        codes.keep_newest(ground.grant.id, most=MOST_UNUSED_CODES - 1, at=uow.now)
    row_id = new_id()
    issued = issue(TokenKind.AUTHORIZATION_CODE, row_id)
    codes.add(
        {
            **ground.columns(),
            "id": row_id,
            "digest": issued.digest,
            "redirect_uri": request.redirect_uri if request.redirect_uri_sent else None,
            "nonce": request.nonce,
            "code_challenge": request.code_challenge,
            "created_at": uow.now,
            "expires_at": uow.now + CODE_LIFETIME,
            "redeemed_at": None,
            "dpop_jkt": request.dpop_jkt,
            "family_id": joined.id if joined else None,
        }
    )
    if joined is not None:
        joined.code_id = row_id
    return issued.token


def _family(uow: UnitOfWork, ground: _Ground) -> TokenFamily:
    """What an access token from here hangs on; a code that came with it prolongs it when it is redeemed."""
    lifetime = timedelta(seconds=uow.ports.settings.access_token_seconds)
    return TokenFamily(**ground.columns(), code_id=None, created_at=uow.now, expires_at=uow.now + lifetime)


def _told(ground: _Ground, issued: Issued) -> dict[str, Any]:
    """What the ID token says of the person: what `claims` asked for there, and alone what its scopes stand for too,
    for then no access token leads to them (Core 5.4).
    """
    names = frozenset(issued.id_token_claims)
    if ground.case.request.response_type == ID_TOKEN_ALONE:
        names |= names_of(issued.scope.split())
    told = claims_about(ground.standing.user, names, held=issued.held.for_token(names))
    return issued.access_claims(ground.case.client, issued.scope) | told
