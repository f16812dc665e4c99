"""Questions about signed-in browsers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Uuid, bindparam, func, literal, select, update
from sqlalchemy.orm import Session as Database

from portal.accounts.models import User
from portal.infra.by_id import ById
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.db import UtcDateTime
from portal.infra.prepared import Prepared
from portal.infra.repository import FORGET_AT_ONCE, PAGE_SIZE, Page, forget_some, keyset_page
from portal.sessions.models import Session

_BY_ID: Final = ById(Session)


@dataclass(frozen=True, kw_only=True)
class LiveSession:
    """A session that is good now, what pages say of its person, and what conditions may compare of them."""

    session_id: UUID
    user_id: UUID
    username: str
    email: str
    name: str
    theme: str | None
    auth_time: datetime
    last_seen_at: datetime
    amr: tuple[str, ...]
    acr: str
    email_verified_at: datetime | None
    locale: str | None
    zoneinfo: str | None
    created_at: datetime
    attributes: Mapping[str, Any] | None
    epoch: int
    """The number that came along, if one was asked for."""


@dataclass(frozen=True, kw_only=True)
class SessionFilter:
    """Whose, from where, on what, since when."""

    user_id: UUID | None = None
    ip: str = ""
    """An address, or how one begins (`203.0.113.`)."""
    device: str = ""
    """A part of what the browser calls itself."""
    since: datetime | None = None


class Sessions:
    """Signed-in browsers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, session_id: UUID) -> Session | None:
        return _BY_ID.get(self._database, session_id)

    def add(self, session: Session) -> None:
        _BY_ID.add(self._database, session)

    def by_token(
        self, token: str, *, at: datetime, epoch: ScalarSelect[int] | None = None, may_rest: bool = False
    ) -> LiveSession | None:
        """Whose session this is, in one statement; None for whatever is not a live session of an active person.

        `epoch` is a number that the same statement reads, so that a request need not ask twice. One that may rest
        counts also where nobody came by for too long: that signs nobody in, but apps have tokens of it.
        """
        parsed = parse(TokenKind.SESSION, token)
        if parsed is None:
            return None
        row = _by_token(epoch, may_rest=may_rest).first(self._database, {"id": parsed.id, "at": at})
        if row is None or not same(row.token_hash, parsed.digest):
            return None
        known = {name: value for name, value in row._mapping.items() if name != "token_hash"}  # noqa: SLF001 - as documented
        changed = {"session_id": parsed.id, "name": row.name or row.username, "amr": tuple(row.amr)}
        return LiveSession(**known | changed)

    def live_of(self, user_id: UUID, *, at: datetime) -> Sequence[Session]:
        """The person's open sessions, the last used first."""
        query = select(Session).join(User, User.id == Session.user_id).where(User.id == user_id, *_live(at))
        return self._database.scalars(query.order_by(Session.last_seen_at.desc())).all()

    def lasting_of(self, user_id: UUID, *, at: datetime) -> Sequence[Session]:
        """Those, and those that only rest because nobody came by: apps may still have tokens that hang on them."""
        query = select(Session).where(
            Session.user_id == user_id, Session.ended_at.is_(None), Session.expires_at > at
        )
        return self._database.scalars(query.order_by(Session.last_seen_at.desc())).all()

    def page(
        self,
        wanted: SessionFilter,
        *,
        at: datetime,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[tuple[Session, User]]:
        """Everybody's open sessions, the last opened first, with whose they are."""
        query = select(Session).join(User, User.id == Session.user_id).where(*_live(at), *_wanted(wanted))
        found = keyset_page(self._database, query, Session.id, before=before, after=after, size=size)
        users = self._database.scalars(select(User).where(User.id.in_({one.user_id for one in found.items})))
        owners = {user.id: user for user in users}
        return Page([(one, owners[one.user_id]) for one in found.items], found.older, found.newer)

    def touch(self, session_id: UUID, *, at: datetime, idle: timedelta) -> None:
        """It is in use. One statement, and only onwards: requests may overtake each other."""
        self._database.execute(
            update(Session)
            .where(Session.id == session_id, Session.ended_at.is_(None), Session.last_seen_at < at)
            .values(last_seen_at=at, idle_expires_at=at + idle)
        )

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._database, Session.id, Session.expires_at < at, most=most)


@cache
def _by_token(epoch: ScalarSelect[int] | None, *, may_rest: bool) -> Prepared:
    """Built once: every page of somebody who is signed in asks it, and building it costs more than its answer."""
    columns = (
        Session.token_hash, Session.user_id, Session.auth_time, Session.last_seen_at, Session.amr, Session.acr,
        User.username, User.email, User.name, User.theme,
        User.email_verified_at, User.locale, User.zoneinfo, User.created_at, User.attributes,
        (literal(0) if epoch is None else epoch).label("epoch"),
    )  # fmt: skip
    at = bindparam("at", type_=UtcDateTime())
    query = select(*columns).join(User, User.id == Session.user_id)
    return Prepared(
        query.where(Session.id == bindparam("id", type_=Uuid()), *(_lasting if may_rest else _live)(at))
    )


def _live(at: datetime | ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
    """The same as `Session.is_live`, of an active person."""
    return Session.idle_expires_at > at, *_lasting(at)


def _lasting(at: datetime | ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
    """The same, whether or not anybody came by."""
    is_theirs = (Session.security_epoch == User.security_epoch, User.is_active.is_(True))
    return Session.ended_at.is_(None), Session.expires_at > at, *is_theirs


def _wanted(wanted: SessionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.user_id is not None:
        conditions.append(Session.user_id == wanted.user_id)
    if wanted.ip:
        conditions.append(Session.ip.startswith(wanted.ip, autoescape=True))
    if wanted.device:
        conditions.append(func.lower(Session.user_agent).contains(wanted.device.lower(), autoescape=True))
    if wanted.since is not None:
        conditions.append(Session.created_at >= wanted.since)
    return conditions
