"""Codes and refresh tokens turn into tokens, once each; what comes a second time ends what the first one began."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from portal.clients.services import note_first_sign_in
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import CodeRefused, CodeReplayed, RefreshReused, TokensIssued, TokensRevoked
from portal.grants.models import AuthorizationCode, RefreshToken, TokenFamily
from portal.grants.repository.codes import Codes, StoredCode
from portal.grants.repository.lives import Life
from portal.grants.repository.tokens import AccessTokens, Families, RefreshTokens, StoredRefreshToken
from portal.grants.services.foundations import Foundation, foundation_of
from portal.grants.services.tokens import AccessToken, Issued
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.events import Ref
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

REPLAYED: Final = "replayed"
ACCESS_LOST: Final = "access_lost"


@dataclass(frozen=True, slots=True)
class Refused:
    """No tokens; `reason` is a code for logs and the audit, the client hears `invalid_grant`."""

    reason: str


def redeem_code(uow: UnitOfWork, code: StoredCode, *, client: ClientSnapshot) -> Issued | Refused:
    """Use a code up, after client, redirect URI and PKCE have been found right.

    A second use is by definition valid then, so two parties hold the code: all that came of it is revoked
    (RFC 6749 section 4.1.2). Nobody who could not redeem the code gets here, so nobody else can cause that.
    """
    row = code.row
    touched = _touched(client, row.user_id, code.life.username, row.grant_id)
    if row.redeemed_at is not None:
        return _replayed(uow, row, touched)
    end = code.end_of(at=uow.now)
    if end is not None:
        return Refused(end)
    foundation = _foundation(uow, row, code.life)
    if foundation is None:
        return Refused(ACCESS_LOST)
    if not Codes(uow.session).redeem(row.id, at=uow.now):
        return _replayed(uow, row, touched)
    if code.life.client_first_sign_in_at is None:
        note_first_sign_in(uow, client.id)
    refreshes = "refresh_token" in client.grant_types
    family = _family_of(uow, row, refreshes=refreshes)
    uow.session.add(family)
    uow.session.flush()
    refresh_token = _add_refresh_token(uow, family, foundation) if refreshes else None
    details = {"grant_type": "authorization_code", "scope": row.scope}
    uow.publish(TokensIssued(touched=touched, details=details))
    return _issued(family, foundation, refresh_token=refresh_token, nonce=row.nonce)


def note_misuse(uow: UnitOfWork, code: StoredCode, *, client: ClientSnapshot, reason: str) -> None:
    """A genuine code came with something wrong beside it. It is not used up by that, and nothing is revoked."""
    touched = _touched(client, code.row.user_id, code.life.username, code.row.grant_id)
    uow.publish(CodeRefused(touched=touched, reason=reason))


def rotate_refresh_token(
    uow: UnitOfWork, token: StoredRefreshToken, *, client: ClientSnapshot, scope: str
) -> Issued | Refused:
    """Use a refresh token of this client up and give the next one. A second use ends the family (RFC 9700 4.14.2).

    The new one carries the whole scope of the family, whatever narrower `scope` this answer's access token has.
    """
    row, family = token.row, token.family
    touched = _touched(client, family.user_id, token.life.username, family.grant_id)
    if family.revoked_at is None and row.rotated_at is not None:
        return _reused(uow, family, touched)
    end = token.end_of(at=uow.now)
    if end is not None:
        return Refused(end)
    foundation = _foundation(uow, family, token.life)
    if foundation is None:
        return Refused(ACCESS_LOST)
    if not RefreshTokens(uow.session).rotate(row.id, at=uow.now):
        return _reused(uow, family, touched)
    refresh_token = _add_refresh_token(uow, family, foundation, parent_id=row.id)
    uow.publish(TokensIssued(touched=touched, details={"grant_type": "refresh_token", "scope": scope}))
    return _issued(family, foundation, refresh_token=refresh_token, nonce=None)


def issue_client_token(uow: UnitOfWork, client: ClientSnapshot, *, scope: str) -> None:
    """A client speaks for itself. The token is signed and not stored; that it was issued is remembered."""
    details = {"grant_type": "client_credentials", "scope": scope}
    uow.publish(TokensIssued(touched=(client.ref,), details=details))


def revoke_refresh_token(uow: UnitOfWork, token: StoredRefreshToken, *, client: ClientSnapshot) -> None:
    """Give a chain back: every link and every access token of it (RFC 7009 section 2.1)."""
    if Families(uow.session).revoke(token.family.id, "given_back", at=uow.now):
        touched = _touched(client, token.family.user_id, token.life.username, token.family.grant_id)
        uow.publish(TokensRevoked(touched=touched, details={"token_type": "refresh_token"}))


def revoke_access_token(uow: UnitOfWork, token: AccessToken, *, client: ClientSnapshot) -> None:
    """Give back one access token, and nothing else."""
    lifetime = timedelta(seconds=token.expires_at - int(uow.now.timestamp()))
    AccessTokens(uow.session).revoke(token.jti, expires_at=uow.now + lifetime, at=uow.now)
    uow.publish(TokensRevoked(touched=(client.ref,), details={"token_type": "access_token"}))


def _family_of(uow: UnitOfWork, code: AuthorizationCode, *, refreshes: bool) -> TokenFamily:
    settings = uow.ports.settings
    seconds = settings.refresh_family_seconds if refreshes else settings.access_token_seconds
    return TokenFamily(
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
        created_at=uow.now,
        expires_at=uow.now + timedelta(seconds=seconds),
    )


def _foundation(uow: UnitOfWork, holder: AuthorizationCode | TokenFamily, life: Life) -> Foundation | None:
    return foundation_of(uow.session, holder, is_open=life.client_is_open, at=uow.now)


def _add_refresh_token(
    uow: UnitOfWork, family: TokenFamily, foundation: Foundation, *, parent_id: UUID | None = None
) -> str:
    """The next link. It ends with what the family rests on; what was prolonged by then, the link after it follows."""
    row_id = new_id()
    issued = issue(TokenKind.REFRESH_TOKEN, row_id)
    idle_end = uow.now + timedelta(seconds=uow.ports.settings.refresh_token_seconds)
    uow.session.add(
        RefreshToken(
            id=row_id,
            family_id=family.id,
            digest=issued.digest,
            created_at=uow.now,
            expires_at=min(idle_end, family.expires_at, foundation.ends_at or idle_end),
            parent_id=parent_id,
        )
    )
    return issued.token


def _replayed(uow: UnitOfWork, code: AuthorizationCode, touched: tuple[Ref, ...]) -> Refused:
    Families(uow.session).revoke_of_code(code.id, REPLAYED, at=uow.now)
    uow.publish(CodeReplayed(touched=touched))
    return Refused(REPLAYED)


def _reused(uow: UnitOfWork, family: TokenFamily, touched: tuple[Ref, ...]) -> Refused:
    Families(uow.session).revoke(family.id, "reused", at=uow.now)
    uow.publish(RefreshReused(touched=touched))
    return Refused("reused")


def _issued(
    family: TokenFamily, foundation: Foundation, *, refresh_token: str | None, nonce: str | None
) -> Issued:
    return Issued(
        family_id=family.id,
        user_id=family.user_id,
        session_id=family.session_id,
        scope=family.scope,
        auth_time=family.auth_time,
        amr=tuple(family.amr),
        acr=family.acr,
        nonce=nonce,
        id_token_claims=tuple(family.claims.get("id_token", ())),
        held=foundation.held,
        ends_at=foundation.ends_at,
        refresh_token=refresh_token,
        resources=tuple(family.resources or ()),
        authorization_details=tuple((family.authorization_details or {}).get("details", ())),
        actor=family.actor,
    )


def _touched(client: ClientSnapshot, user_id: UUID, username: str, grant_id: UUID) -> tuple[Ref, ...]:
    return (client.ref, Ref("user", user_id, username), Ref("grant", grant_id))
