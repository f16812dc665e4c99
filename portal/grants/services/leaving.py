"""What follows when a person leaves: who has to be told, and what is said (OpenID Connect Back-Channel Logout)."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.models import LogoutNotice
from portal.grants.repository.leaving import Participation, Participations
from portal.grants.services.tokens import Issuer
from portal.infra.crypto.jose import Algorithm
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

LOGOUT_CALL: Final = "logout_call"
"""The kind of outbox message. It holds ids only; the token is signed when it is sent, and lives for two minutes."""
LOGOUT_TOKEN_TYPE: Final = "logout+jwt"  # noqa: S105
LOGOUT_TOKEN_SECONDS: Final = 120
EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


def note_participation(uow: UnitOfWork, session_id: UUID, client: ClientSnapshot) -> None:
    """Remember that this session signed in to the client, if that wants to know when it ends."""
    if client.switches.backchannel_logout_uri or client.switches.frontchannel_logout_uri:
        Participations(uow.session).note(session_id, client.id, at=uow.now)


def tell_of_session(uow: UnitOfWork, session_id: UUID, user_id: UUID) -> None:
    """Promise a logout token to every client that this session has signed in to."""
    for one in _listening(Participations(uow.session).of_session(session_id)):
        promise_notice(uow, one.client_pk, user_id=user_id, session_id=session_id)


def tell_of_person(uow: UnitOfWork, user_id: UUID, *, epoch: int) -> None:
    """Promise one to every client at which something of the person was open under an epoch that is over.

    A client that wants sessions named gets one for each; any other gets a single one, for the person as a whole.
    """
    open_ones = _listening(Participations(uow.session).of_person(user_id, epoch=epoch, at=uow.now))
    told: set[tuple[UUID, UUID | None]] = set()
    for one in open_ones:
        by_session = one.switches.backchannel_logout_session_required
        named = one.session_id if by_session else None
        if (one.client_pk, named) not in told:
            told.add((one.client_pk, named))
            promise_notice(uow, one.client_pk, user_id=user_id, session_id=named)


def promise_notice(
    uow: UnitOfWork, client_pk: UUID, *, user_id: UUID | None, session_id: UUID | None
) -> LogoutNotice:
    """One notice, and the message that brings it. It keeps the person's id: the account may be gone by then."""
    notice = LogoutNotice(
        id=new_id(), client_pk=client_pk, user_id=user_id, session_id=session_id, created_at=uow.now
    )
    uow.session.add(notice)
    payload = {"client": client_pk.hex, "user": user_id.hex if user_id else None}
    named = {"session": session_id.hex} if session_id else {}
    uow.enqueue(LOGOUT_CALL, {**payload, **named}, message_id=notice.id)
    return notice


def logout_token(
    issuer: Issuer, client: ClientSnapshot, *, user_id: UUID | None, session_id: UUID | None, at: datetime
) -> str:
    """A logout token (section 2.4): person and session as its ID tokens name them, and never a nonce.

    Each has an identifier of its own, also when one is sent again: whoever got the first and could not say so must
    not take the second for a replay.
    """
    now = int(at.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer.issuer,
        "aud": client.client_id,
        "iat": now,
        "exp": now + LOGOUT_TOKEN_SECONDS,
        "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
        **({"sub": issuer.subject_of(client, user_id)} if user_id else {}),
        **({"sid": str(session_id)} if session_id else {}),
    }
    algorithm = cast(Algorithm, client.id_token_signed_response_alg)
    return issuer.keys.sign(claims, algorithm=algorithm, typ=LOGOUT_TOKEN_TYPE)


def ids_in(payload: Mapping[str, Any]) -> tuple[UUID, UUID | None, UUID | None]:
    """Client, person and session of a message."""
    return UUID(payload["client"]), _id(payload.get("user")), _id(payload.get("session"))


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _listening(found: Iterable[Participation]) -> list[Participation]:
    return [one for one in found if one.switches.backchannel_logout_uri]
