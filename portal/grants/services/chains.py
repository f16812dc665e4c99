"""Families of tokens: begun, carried on from one refresh token to the next, and told of to who signs.

Rows are written by plain inserts: the session's bookkeeping would cost more than they do, at every token request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.models import RefreshToken, TokenFamily
from portal.grants.rules.holdings import first_of
from portal.grants.services.foundations import Foundation
from portal.grants.services.issued import Issued
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.events import Ref
from portal.infra.ids import new_id
from portal.infra.prepared import inserting
from portal.infra.settings import Settings
from portal.infra.unit_of_work import UnitOfWork

_FAMILY: Final = inserting(TokenFamily)
_LINK: Final = inserting(RefreshToken)
_OF_FAMILY: Final = tuple(column.name for column in TokenFamily.__table__.columns)


@dataclass(frozen=True, slots=True)
class Refused:
    """No tokens; `reason` is a code for logs and the audit, the client hears `invalid_grant`."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long what an app is given may last: its own switches, as far as the portal's settings let them."""

    access_token: timedelta | None
    """None for the usual time, which whoever signs knows."""
    idle: timedelta
    family: timedelta

    @classmethod
    def of(cls, client: ClientSnapshot, settings: Settings) -> Self:
        chosen = client.switches
        access, idle = chosen.access_token_seconds, chosen.refresh_idle_seconds
        most_idle, most = settings.refresh_token_seconds, settings.refresh_family_seconds
        return cls(
            access_token=None if access is None else timedelta(seconds=access),
            idle=timedelta(seconds=min(idle or most_idle, most_idle)),
            family=timedelta(seconds=min(chosen.refresh_family_seconds or most, most)),
        )


def rotates(client: ClientSnapshot, *, is_bound: bool) -> bool:
    """Whether a refresh token is used up by its use. One that nobody has to prove anything beside always is: public
    clients rotate, or bind (RFC 9700 section 2.2.2).
    """
    return client.switches.refresh_rotation or (client.is_public and not is_bound)


def lasting_confirmation(
    client: ClientSnapshot, confirmation: Mapping[str, str] | None
) -> dict[str, str] | None:
    """The key that refresh tokens are bound to: of a public client the one that it has proved (RFC 9449 section 5).
    A confidential one proves itself, and may change its key.
    """
    return dict(confirmation) if confirmation and client.is_public else None


def save_family(uow: UnitOfWork, family: TokenFamily) -> None:
    """Write a family down; nobody has to hold the object afterwards."""
    _FAMILY.run(uow.connection, {name: getattr(family, name) for name in _OF_FAMILY})


def add_refresh_token(
    uow: UnitOfWork,
    family: TokenFamily,
    foundation: Foundation,
    *,
    lifetimes: Lifetimes,
    parent_id: UUID | None = None,
) -> str:
    """The next link. It ends with what the family rests on; what was prolonged by then, the link after it follows."""
    row_id = new_id()
    issued = issue(TokenKind.REFRESH_TOKEN, row_id)
    row = {
        "id": row_id,
        "family_id": family.id,
        "digest": issued.digest,
        "created_at": uow.now,
        "expires_at": end_of_link(family, foundation, lifetimes=lifetimes, at=uow.now),
        "rotated_at": None,
        "parent_id": parent_id,
        "graced_at": None,
    }
    _LINK.run(uow.connection, row)
    return issued.token


def end_of_link(
    family: TokenFamily, foundation: Foundation, *, lifetimes: Lifetimes, at: datetime
) -> datetime:
    """When a refresh token ends that is not used from this moment on."""
    idle_end = at + lifetimes.idle
    return min(idle_end, family.expires_at, foundation.ends_at or idle_end)


def issued_of(
    uow: UnitOfWork,
    family: TokenFamily,
    foundation: Foundation,
    *,
    lifetimes: Lifetimes,
    resources: Sequence[str],
    refresh_token: str | None = None,
    nonce: str | None = None,
) -> Issued:
    """What tokens say that are made now, and how long they may last."""
    usual_end = None if lifetimes.access_token is None else uow.now + lifetimes.access_token
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
        ends_at=first_of(foundation.ends_at, usual_end),
        refresh_token=refresh_token,
        resources=tuple(resources),
        authorization_details=tuple((family.authorization_details or {}).get("details", ())),
        actor=family.actor,
    )


def touched_of(client: ClientSnapshot, user_id: UUID, username: str, grant_id: UUID) -> tuple[Ref, ...]:
    """Whom it concerns that tokens were issued, or not."""
    return (client.ref, Ref("user", user_id, username), Ref("grant", grant_id))
