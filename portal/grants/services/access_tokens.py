"""Access tokens as their apps want them: signed, so that any API can read them, or kept here and opaque."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.opaque_tokens import OpaqueTokens
from portal.grants.services.issued import Issued
from portal.grants.services.tokens import Issuer
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.crypto.jose import Claims
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork


def write_access_token(
    uow: UnitOfWork,
    issuer: Issuer,
    issued: Issued,
    *,
    client: ClientSnapshot,
    scope: str,
    confirmation: Mapping[str, str] | None = None,
) -> str:
    """An access token about a person."""
    claims = issuer.person_claims(issued, client=client, scope=scope, at=uow.now, confirmation=confirmation)
    return _written(uow, issuer, client, claims)


def write_client_token(
    uow: UnitOfWork,
    issuer: Issuer,
    client: ClientSnapshot,
    *,
    scope: str,
    resources: Sequence[str] = (),
    confirmation: Mapping[str, str] | None = None,
) -> str:
    """An access token with which a client speaks for itself."""
    claims = issuer.client_claims(
        client, scope=scope, at=uow.now, resources=resources, confirmation=confirmation
    )
    return _written(uow, issuer, client, claims)


def _written(uow: UnitOfWork, issuer: Issuer, client: ClientSnapshot, claims: Claims) -> str:
    if client.switches.access_token_format == "jwt":  # noqa: S105
        return issuer.sign_access_token(claims)
    row_id = new_id()
    made = issue(TokenKind.ACCESS_TOKEN, row_id)
    OpaqueTokens(uow.connection).add(
        row_id,
        digest=made.digest,
        client_pk=client.id,
        claims=claims,
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )
    return made.token
