"""How an app is used: what was done through it on each day, read off one index and nothing else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.audit.models import AuditLog, AuditSubject
from portal.audit.repository.days import CHART_DAYS, DayCount
from portal.infra.db import UtcDateTime

SIGNED_IN: Final = "client.signed_in"
TOKENS: Final = ("tokens.issued", "tokens.exchanged")
REFUSED_CLIENT: Final = "client.refused"
FAILURES: Final = (
    "client.turned_away", "client.redirect_refused", "consent.denied", "code.refused", "code.replayed",
    "refresh.reused", "tokens.exchange_refused",
)  # fmt: skip
MOST_SIGN_INS: Final = 25_000
"""Of which people are told apart."""
MOST_FAILURES: Final = 5_000
"""Of which reasons are read, which no index knows."""
_DAY: Final = timedelta(days=1)

_IS_SIGN_IN: Final = func.coalesce(AuditLog.action, "") == SIGNED_IN
"""Written so that no planner takes the index of actions, in which all apps stand together."""

Where: TypeAlias = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Thirty days of an app."""

    days: Sequence[DayCount]
    """Sign-ins, and what failed."""
    tokens: int
    people: int
    """Different ones, among the last `MOST_SIGN_INS`."""
    failures: Mapping[tuple[str, str], int]
    """By action and reason, the most frequent first, among the last `MOST_FAILURES` of each kind."""
    last_sign_in_at: datetime | None

    @property
    def sign_ins(self) -> int:
        return sum(day.succeeded for day in self.days)

    @property
    def failed(self) -> int:
        return sum(day.failed for day in self.days)

    @property
    def people_are_of_the_last(self) -> int | None:
        """Of how many sign-ins people were told apart; None where it was all of them."""
        return MOST_SIGN_INS if self.sign_ins > MOST_SIGN_INS else None


def usage_of(session: Session, client_pk: UUID, *, at: datetime) -> Usage:
    """Five statements, whatever the length of the log."""
    today = _midnight(at)
    since = today - (CHART_DAYS - 1) * _DAY
    mine = (AuditLog.client_id == client_pk, AuditLog.created_at >= since)
    days = {f"day_{back}": today - back * _DAY for back in range(-1, CHART_DAYS)}
    rows = session.execute(_PER_DAY, {"client_pk": client_pk, **days})
    counted = {back: (good, bad, tokens) for back, good, bad, tokens in rows}
    failures: Counter[tuple[str, str]] = Counter()
    for action, reason, count in session.execute(_by_reason(mine)):
        failures[action, reason or ""] += count
    refused = session.scalar(_refused(client_pk, since)) or 0
    if refused:
        failures[REFUSED_CLIENT, ""] = refused
    return Usage(
        days=[
            DayCount((today - back * _DAY).date(), counted[back][0], counted[back][1])
            for back in reversed(range(CHART_DAYS))
        ],
        tokens=sum(tokens for _, _, tokens in counted.values()),
        people=session.scalar(_people(mine)) or 0,
        failures=dict(failures.most_common()),
        last_sign_in_at=session.scalar(_last(mine)),
    )


def _per_day() -> Select[int, int, int, int]:
    """A day is a stretch of the index: so nothing is sorted, and no row is looked at."""
    counts = (
        func.count().filter(AuditLog.action == SIGNED_IN),
        func.count().filter(AuditLog.action.in_(FAILURES)),
        func.count().filter(AuditLog.action.in_(TOKENS)),
    )
    each = union_all(
        *(
            select(literal(back).label("back"), *(one.label(f"n{n}") for n, one in enumerate(counts))).where(
                AuditLog.client_id == bindparam("client_pk", type_=Uuid()),
                AuditLog.created_at >= bindparam(f"day_{back}", type_=UtcDateTime()),
                AuditLog.created_at < bindparam(f"day_{back - 1}", type_=UtcDateTime()),
            )
            for back in range(CHART_DAYS)
        )
    ).subquery()
    return select(each.c.back, each.c.n0, each.c.n1, each.c.n2)


_PER_DAY: Final = _per_day()
"""Built once: with a branch for each day, building it costs as much as running it."""


def _by_reason(mine: Where) -> Select[str, str, int]:
    newest = (
        select(AuditLog.action, AuditLog.reason)
        .where(*mine, AuditLog.action.in_(FAILURES))
        .order_by(AuditLog.created_at.desc(), AuditLog.id.desc())
        .limit(MOST_FAILURES)
        .subquery()
    )
    return select(newest.c.action, newest.c.reason, func.count()).group_by(newest.c.action, newest.c.reason)


def _refused(client_pk: UUID, since: datetime) -> Select[int]:
    """Whoever can't prove to be the app acts as nobody, so these entries are found by what they are about."""
    is_about = exists().where(AuditSubject.entry_id == AuditLog.id, AuditSubject.resource_id == client_pk)
    newest = (
        select(is_about.label("is_about"))
        .where(AuditLog.action == REFUSED_CLIENT, AuditLog.created_at >= since)
        .order_by(AuditLog.created_at.desc(), AuditLog.id.desc())
        .limit(MOST_FAILURES)
        .subquery()
    )
    return select(func.count()).select_from(newest).where(newest.c.is_about)


def _people(mine: Where) -> Select[int]:
    newest = (
        select(AuditLog.user_id)
        .where(*mine, _IS_SIGN_IN)
        .order_by(AuditLog.created_at.desc(), AuditLog.id.desc())
        .limit(MOST_SIGN_INS)
        .subquery()
    )
    return select(func.count(newest.c.user_id.distinct()))


def _last(mine: Where) -> Select[datetime]:
    newest = select(AuditLog.created_at).where(*mine, _IS_SIGN_IN)
    return newest.order_by(AuditLog.created_at.desc(), AuditLog.id.desc()).limit(1)


def _midnight(at: datetime) -> datetime:
    day = at.astimezone(UTC)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
