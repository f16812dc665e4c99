"""Refresh tokens turn into access tokens (RFC 6749 section 6), by the policy of their app."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import RefreshReused, TokensIssued
from portal.grants.models import TokenFamily
from portal.grants.repository.grants import Grants
from portal.grants.repository.tokens import Families, RefreshTokens, StoredRefreshToken
from portal.grants.services.chains import (
    Lifetimes,
    Refused,
    add_refresh_token,
    end_of_link,
    issued_of,
    rotates,
    touched_of,
)
from portal.grants.services.foundations import foundation_of
from portal.grants.services.issued import Issued
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

ACCESS_LOST: Final = "access_lost"
NOTE_USE_AFTER: Final = timedelta(hours=1)
"""How exactly a person's page says when an app was used whose refresh token stays the same."""


def refresh(
    uow: UnitOfWork,
    token: StoredRefreshToken,
    *,
    client: ClientSnapshot,
    scope: str,
    resources: Sequence[str] = (),
    confirmation: Mapping[str, str] | None = None,
) -> Issued | Refused:
    """Use a refresh token of this client, whose `scope` and `resources` have been found to be of its family.

    The next link carries the whole scope of the family, whatever narrower `scope` this answer's access token has.
    One that was used already comes from a second holder, and ends the family (RFC 9700 section 4.14.2): except once
    within the app's grace, for the answer to the first use may have been lost.
    """
    row, family = token.row, token.family
    touched = touched_of(client, family.user_id, token.life.username, family.grant_id)
    grace = timedelta(seconds=client.switches.refresh_grace_seconds)
    unproven = _unproven(family, confirmation)
    # who has not the key can't end the sign-in of who has
    if unproven is None and family.revoked_at is None and row.is_used_up(at=uow.now, grace=grace):
        return _reused(uow, family, touched)
    end = unproven or token.end_of(at=uow.now)
    if end is not None:
        return Refused(end)
    foundation = foundation_of(uow.connection, family, is_open=token.life.client_is_open, at=uow.now)
    if foundation is None:
        return Refused(ACCESS_LOST)
    lifetimes = Lifetimes.of(client, uow.ports.settings)
    refresh_token = None
    if rotates(client, is_bound=bool(family.confirmation)):
        if not _use_up(uow, token, grace=grace):
            return _reused(uow, family, touched)
        refresh_token = add_refresh_token(uow, family, foundation, lifetimes=lifetimes, parent_id=row.id)
    elif not _keep(uow, token, until=end_of_link(family, foundation, lifetimes=lifetimes, at=uow.now)):
        return _reused(uow, family, touched)
    uow.publish(TokensIssued(touched=touched, details={"grant_type": "refresh_token", "scope": scope}))
    return issued_of(
        uow, family, foundation, lifetimes=lifetimes, resources=resources, refresh_token=refresh_token
    )


def _unproven(family: TokenFamily, confirmation: Mapping[str, str] | None) -> str | None:
    """Why it goes no further: a public client's chain is its key's holder's (RFC 9449 section 5)."""
    return (
        "key_not_proven" if family.confirmation and dict(confirmation or {}) != family.confirmation else None
    )


def _use_up(uow: UnitOfWork, token: StoredRefreshToken, *, grace: timedelta) -> bool:
    """Use the link up; False if somebody else did. An answer that was used has not been lost, and of the two that a
    lost one leaves behind one may go on: who uses both is two.
    """
    tokens, row = RefreshTokens(uow.connection), token.row
    if grace and row.parent_id is not None and tokens.sibling_is_used(row.parent_id, row.id):
        return False
    if tokens.rotate(row.id, at=uow.now):
        return True
    if not grace or tokens.child_is_used(row.id):
        return False
    return tokens.use_in_grace(row.id, at=uow.now, since=uow.now - grace)


def _keep(uow: UnitOfWork, token: StoredRefreshToken, *, until: datetime) -> bool:
    """Leave the link as it is and put its end off; False if it was used up, before its app was set to keep it."""
    Grants(uow.session).note_use(token.family.grant_id, at=uow.now, after=NOTE_USE_AFTER)
    return RefreshTokens(uow.connection).prolong(token.row.id, until=until, at=uow.now)


def _reused(uow: UnitOfWork, family: TokenFamily, touched: tuple[Ref, ...]) -> Refused:
    Families(uow.session).revoke(family.id, "reused", at=uow.now)
    uow.publish(RefreshReused(touched=touched))
    return Refused("reused")
