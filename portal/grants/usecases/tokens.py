"""Codes turn into tokens, once each, and tokens are given back; what comes a second time ends what the first began."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from portal.clients.services import note_first_sign_in
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import CodeRefused, CodeReplayed, TokensIssued, TokensRevoked
from portal.grants.models import AuthorizationCode, TokenFamily
from portal.grants.repository.codes import Codes, StoredCode
from portal.grants.repository.tokens import AccessTokens, Families, StoredRefreshToken
from portal.grants.services.chains import (
    Lifetimes,
    Refused,
    add_refresh_token,
    issued_of,
    lasting_confirmation,
    save_family,
    touched_of,
)
from portal.grants.services.foundations import foundation_of
from portal.grants.services.issued import AccessToken, Issued
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

REPLAYED: Final = "replayed"
ACCESS_LOST: Final = "access_lost"

__all__ = [
    "Refused",
    "issue_client_token",
    "note_misuse",
    "redeem_code",
    "revoke_access_token",
    "revoke_refresh_token",
]


def redeem_code(
    uow: UnitOfWork,
    code: StoredCode,
    *,
    client: ClientSnapshot,
    resources: Sequence[str] = (),
    confirmation: Mapping[str, str] | None = None,
) -> Issued | Refused:
    """Use a code up, after client, redirect URI, PKCE and `resources` have been found right.

    A second use is by definition valid then, so two parties hold the code: all that came of it is revoked
    (RFC 6749 section 4.1.2). Nobody who could not redeem the code gets here, so nobody else can cause that.
    """
    row = code.row
    touched = touched_of(client, row.user_id, code.life.username, row.grant_id)
    if row.redeemed_at is not None:
        return _replayed(uow, row, touched)
    end = code.end_of(at=uow.now)
    if end is not None:
        return Refused(end)
    foundation = foundation_of(uow.connection, row, is_open=code.life.client_is_open, at=uow.now)
    if foundation is None:
        return Refused(ACCESS_LOST)
    if not Codes(uow.connection).redeem(row.id, at=uow.now):
        return _replayed(uow, row, touched)
    if code.life.client_first_sign_in_at is None:
        note_first_sign_in(uow, client.id)
    lifetimes = Lifetimes.of(client, uow.ports.settings)
    refreshes = "refresh_token" in client.grant_types
    family = _family_of(uow, row, client, lifetimes if refreshes else None, confirmation=confirmation)
    refresh_token = add_refresh_token(uow, family, foundation, lifetimes=lifetimes) if refreshes else None
    details = {"grant_type": "authorization_code", "scope": row.scope}
    uow.publish(TokensIssued(touched=touched, details=details))
    return issued_of(
        uow,
        family,
        foundation,
        lifetimes=lifetimes,
        resources=resources,
        refresh_token=refresh_token,
        nonce=row.nonce,
    )


def note_misuse(uow: UnitOfWork, code: StoredCode, *, client: ClientSnapshot, reason: str) -> None:
    """A genuine code came with something wrong beside it. It is not used up by that, and nothing is revoked."""
    touched = touched_of(client, code.row.user_id, code.life.username, code.row.grant_id)
    uow.publish(CodeRefused(touched=touched, reason=reason))


def issue_client_token(
    uow: UnitOfWork, client: ClientSnapshot, *, scope: str, grant_type: str = "client_credentials"
) -> None:
    """A client speaks for itself. What hangs on nothing but the client has no family; that it was issued is
    remembered.
    """
    uow.publish(TokensIssued(touched=(client.ref,), details={"grant_type": grant_type, "scope": scope}))


def revoke_refresh_token(uow: UnitOfWork, token: StoredRefreshToken, *, client: ClientSnapshot) -> None:
    """Give a chain back: every link and every access token of it (RFC 7009 section 2.1)."""
    if Families(uow.session).revoke(token.family.id, "given_back", at=uow.now):
        touched = touched_of(client, token.family.user_id, token.life.username, token.family.grant_id)
        uow.publish(TokensRevoked(touched=touched, details={"token_type": "refresh_token"}))


def revoke_access_token(uow: UnitOfWork, token: AccessToken, *, client: ClientSnapshot) -> None:
    """Give back one access token, and what it was exchanged for."""
    lifetime = timedelta(seconds=token.expires_at - int(uow.now.timestamp()))
    if AccessTokens(uow.connection).revoke(token.jti, expires_at=uow.now + lifetime, at=uow.now):
        uow.publish(TokensRevoked(touched=(client.ref,), details={"token_type": "access_token"}))


def _family_of(
    uow: UnitOfWork,
    code: AuthorizationCode,
    client: ClientSnapshot,
    lifetimes: Lifetimes | None,
    *,
    confirmation: Mapping[str, str] | None,
) -> TokenFamily:
    """The family of the code; with `lifetimes` it may be refreshed. A hybrid answer has begun it already."""
    settings = uow.ports.settings
    seconds = timedelta(seconds=settings.access_token_seconds)
    expires_at = uow.now + (lifetimes.family if lifetimes is not None else seconds)
    begun = Families(uow.session).get(code.family_id) if code.family_id is not None else None
    if begun is not None:
        begun.carry_on(until=expires_at, confirmation=lasting_confirmation(client, confirmation))
        return begun
    family = TokenFamily(
        code_id=code.id,
        grant_id=code.grant_id,
        client_pk=code.client_pk,
        user_id=code.user_id,
        session_id=code.session_id,
        security_epoch=code.security_epoch,
        scope=code.scope,
        auth_time=code.auth_time,
        amr=code.amr,
        acr=code.acr,
        claims=code.claims,
        resources=code.resources,
        authorization_details=code.authorization_details,
        confirmation=lasting_confirmation(client, confirmation),
        created_at=uow.now,
        expires_at=expires_at,
    )
    save_family(uow, family)
    return family


def _replayed(uow: UnitOfWork, code: AuthorizationCode, touched: tuple[Ref, ...]) -> Refused:
    Families(uow.session).revoke_of_code(code.id, REPLAYED, at=uow.now)
    uow.publish(CodeReplayed(touched=touched))
    return Refused(REPLAYED)
