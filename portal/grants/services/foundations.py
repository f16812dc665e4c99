"""What tokens rest on: roles, groups and permissions that they tell of, and the leave to use the app at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portal.grants.models import AuthorizationCode, TokenFamily
from portal.grants.repository.holdings import holdings_of
from portal.grants.rules.claims import access_claims_of
from portal.grants.rules.holdings import Holdings
from portal.infra.plain_rows import Asker

A_SECOND: Final = timedelta(seconds=1)
"""Tokens count in whole seconds, so what ends within this one counts as ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What stands behind tokens that are issued now, and when the first of it ends; None for never."""

    held: Holdings
    ends_at: datetime | None


NOTHING_THAT_ENDS: Final = Foundation(held=Holdings(()), ends_at=None)


def foundation_of(
    session: Asker, holder: AuthorizationCode | TokenFamily, *, is_open: bool, at: datetime
) -> Foundation | None:
    """What the holder's tokens rest on, in one statement at most; None if the app is closed to its person.

    `is_open` says that everyone may use the app, so that the leave to do so has no end.
    """
    asked_for = [name for names in holder.claims.values() for name in names]
    claims = access_claims_of(holder.scope.split(), further=asked_for)
    if is_open and not claims:
        return NOTHING_THAT_ENDS
    held = holdings_of(session, holder.user_id, holder.client_pk, claims=claims, at=at + A_SECOND)
    if not is_open and not held.opens:
        return None
    return Foundation(held=held, ends_at=held.end_of(claims, of_use=not is_open))
