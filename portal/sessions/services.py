"""Steps that several use cases share: opening a session, ending one, beginning a flow."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import exists, select

from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.crypto.digests import TokenKind, issue, parse
from portal.infra.events import Ref
from portal.infra.ids import new_id
from portal.infra.repository import FORGET_AT_ONCE
from portal.infra.unit_of_work import UnitOfWork
from portal.infra.user_agents import device_name
from portal.sessions.events import SessionEnded, SignedIn
from portal.sessions.models import Flow, Session, SessionProof
from portal.sessions.repository import Devices, FailureCounts, Flows, Sessions
from portal.sessions.rules import MOST_FAILURES

__all__ = [
    "PASSWORD",
    "EndReason",
    "Flow",
    "OpenedSession",
    "begin_flow",
    "complete_flow",
    "end",
    "failure_key",
    "forget_stale",
    "open_session",
]

EndReason = Literal[
    "signed_out", "signed_out_elsewhere", "ended_by_operator", "replaced", "signed_out_by_app"
]

MOST_DEVICE_TOKENS: Final = 5
"""People who share a browser: each keeps a token of their own in its one cookie."""
FLOW_LIFETIME: Final = timedelta(minutes=30)
PASSWORD: Final = ("pwd",)
"""Proof by password, as RFC 8176 calls it."""


@dataclass(frozen=True)
class OpenedSession:
    """A session and what its browser must be given. No later look at the database brings the tokens back."""

    session: Session
    token: str = field(repr=False)
    device_tokens: tuple[str, ...] = field(repr=False)
    is_new_device: bool


def open_session(
    uow: UnitOfWork,
    user: User,
    *,
    amr: Sequence[str] = PASSWORD,
    acr: str = "1",
    device_tokens: Collection[str] = (),
    current_session_id: UUID | None = None,
    is_program: bool = False,
) -> OpenedSession:
    """Sign a person in who has just proved who they are; from here on they are the actor.

    A program keeps no cookies, so it is no device, and its session rests on nothing but its own end: what it does
    not use ends with its refresh token.

    The browser's token is always a new one. Where the browser is signed in as the same person already, the session
    goes on under it, with a new `auth_time` (so apps keep their `sid`); another person's session there ends.
    """
    uow.actor = replace(uow.actor, kind="user", id=user.id, label=user.username)
    device_id, tokens, is_new = (
        _recognise_program(uow, user) if is_program else _recognise(uow, user, device_tokens)
    )
    current = _present_session(uow, user, current_session_id)
    session_id = current.id if current else new_id()
    issued = issue(TokenKind.SESSION, session_id)
    settings = uow.ports.settings
    lifetime = timedelta(minutes=settings.session_lifetime_minutes)
    idle = lifetime if is_program else timedelta(minutes=settings.session_idle_minutes)
    proof = SessionProof(
        token_hash=issued.digest,
        security_epoch=user.security_epoch,
        auth_time=uow.now,
        last_seen_at=uow.now,
        idle_expires_at=uow.now + idle,
        expires_at=uow.now + lifetime,
        amr=list(amr),
        acr=acr,
        device_id=device_id,
        ip=uow.actor.ip,
        user_agent=uow.actor.user_agent,
    )
    if current is not None:
        current.prove(proof)
    session = current or Session(id=session_id, user_id=user.id, created_at=uow.now, **proof)
    if current is None:
        Sessions(uow.session).add(session)
    Users(uow.session).note_sign_in(user, at=uow.now)
    uow.actor = replace(uow.actor, session_id=session.id)
    details = {"amr": list(amr), "device": device_name(uow.actor.user_agent), "new_device": is_new}
    uow.publish(SignedIn(touched=(user.ref, _ref(session)), details=details))
    return OpenedSession(session, issued.token, tokens, is_new)


def end(uow: UnitOfWork, session: Session, user: Ref, reason: EndReason) -> None:
    """End one session and say so."""
    session.end(reason, at=uow.now)
    uow.publish(SessionEnded(touched=(_ref(session), user), reason=reason))


def begin_flow(
    uow: UnitOfWork,
    kind: str,
    *,
    browser_digest: bytes,
    resume_path: str,
    app_name: str | None = None,
    redirect_origin: str | None = None,
    state: Mapping[str, Any] | None = None,
) -> Flow:
    """Remember what this browser set out to do. It comes back to `resume_path?flow=<id>` once it is signed in."""
    flow_id = new_id()
    flow = Flow(
        id=flow_id,
        kind=kind,
        browser_digest=browser_digest,
        created_at=uow.now,
        expires_at=uow.now + FLOW_LIFETIME,
        app_name=app_name,
        redirect_origin=redirect_origin,
        resume_path=f"{resume_path}?flow={flow_id}",
        state=dict(state or {}),
    )
    Flows(uow.session).add(flow)
    return flow


def complete_flow(uow: UnitOfWork, flow: Flow) -> None:
    """What the browser set out to do is done; nobody comes back to it."""
    Flows(uow.session).complete(flow, at=uow.now)


def failure_key(user_id: UUID | None, identifier: str) -> str:
    """What wrong passwords are counted under: the account, however it was spelled, or the spelling of nobody."""
    subject = f"user:{user_id}" if user_id else f"nobody:{identifier}"
    return hashlib.sha256(subject.encode()).hexdigest()


def forget_stale(uow: UnitOfWork) -> bool:
    """Sweep a batch of what has long expired; whether there may be more. Nothing depends on it: expiry is checked at
    use.
    """
    database, now = uow.session, uow.now
    gone = (
        Flows(database).forget_before(now - timedelta(days=1)),
        FailureCounts(database).forget_before(now - timedelta(days=30), below=MOST_FAILURES),
        Sessions(database).forget_before(now - timedelta(days=90)),
        Devices(database).forget_before(now - timedelta(days=400)),
    )
    return max(gone) >= FORGET_AT_ONCE


def _recognise_program(uow: UnitOfWork, user: User) -> tuple[None, tuple[str, ...], bool]:
    """A program that has signed in as this person before, from the same address under the same name, is known."""
    earlier = exists().where(Session.user_id == user.id)
    same = earlier.where(
        Session.ip.is_not_distinct_from(uow.actor.ip),
        Session.user_agent.is_not_distinct_from(uow.actor.user_agent),
    )
    is_known, is_first = uow.session.execute(select(same, ~earlier)).one()
    if not is_known and not is_first:
        _tell_of_new_device(uow, user)
    return None, (), not is_known


def _recognise(uow: UnitOfWork, user: User, tokens: Collection[str]) -> tuple[UUID, tuple[str, ...], bool]:
    """The id of the browser as a device of this person, the tokens it should keep, and whether it is new."""
    devices = Devices(uow.session)
    known = next((device for device in devices.with_tokens(tokens) if device.user_id == user.id), None)
    if known is not None:
        known.last_seen_at, known.user_agent = uow.now, uow.actor.user_agent
        return known.id, tuple(tokens), False
    is_first = not devices.any_of(user.id)
    device_id = new_id()
    issued = issue(TokenKind.DEVICE, device_id)
    devices.add(
        {
            "id": device_id,
            "user_id": user.id,
            "digest": issued.digest,
            "created_at": uow.now,
            "last_seen_at": uow.now,
            "user_agent": uow.actor.user_agent,
        }
    )
    if not is_first:
        _tell_of_new_device(uow, user)
    others = [token for token in tokens if parse(TokenKind.DEVICE, token)]
    return device_id, (issued.token, *others)[:MOST_DEVICE_TOKENS], True


def _present_session(uow: UnitOfWork, user: User, current_session_id: UUID | None) -> Session | None:
    """The browser's present session, if it is this person's; another's ends here, so that nobody inherits it."""
    current = Sessions(uow.session).get(current_session_id) if current_session_id else None
    if current is None or current.ended_at is not None or current.expires_at <= uow.now:
        return None
    if current.user_id == user.id:
        return current
    predecessor = Users(uow.session).get(current.user_id)
    end(uow, current, predecessor.ref if predecessor else Ref("user", current.user_id), "replaced")
    return None


def _tell_of_new_device(uow: UnitOfWork, user: User) -> None:
    uow.ports.letters.send(
        uow,
        "new_device",
        to=user.email,
        context={
            "when": uow.now,
            "ip": uow.actor.ip,
            "browser": device_name(uow.actor.user_agent),
            "sessions_link": f"{uow.ports.settings.base_url}/account/sessions",
        },
    )


def _ref(session: Session) -> Ref:
    return Ref("session", session.id, device_name(session.user_agent))
