"""The outbox: work promised inside a transaction, done by a worker after it. The table is the truth; no
broker is needed.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, String, delete, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.infra.db import Base
from portal.infra.repository import PAGE_SIZE, Page, keyset_page

OutboxState = Literal["waiting", "delivered", "failed"]

CLAIM = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_RETRY_SECONDS = 5
LONGEST_RETRY_SECONDS = 1800
LEAST_OF_A_WAIT = 0.75
"""What is postponed at one moment comes back over the last quarter of its wait, not all at once."""
BATCH = 10
LOST = "Its last try ended without a word: whoever worked on it was stopped, or ended by it."
FORGET_AT_ONCE = 1000


class OutboxMessage(Base):
    """One piece of promised work. A secret in it is sealed (`payload["sealed"]`), so that a dump holds
    none.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index(
            "ix_outbox_messages_due",
            "available_at",
            postgresql_where=text("delivered_at IS NULL AND failed_at IS NULL"),
            sqlite_where=text("delivered_at IS NULL AND failed_at IS NULL"),
        ),
        Index(
            "ix_outbox_messages_failed",
            "kind",
            postgresql_where=text("failed_at IS NOT NULL"),
            sqlite_where=text("failed_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)
    failed_at: Mapped[datetime | None] = mapped_column(default=None)
    retried_at: Mapped[datetime | None] = mapped_column(default=None)
    """When somebody had it tried again after it was given up."""
    last_error: Mapped[str | None] = mapped_column(String(300), default=None)
    traceparent: Mapped[str | None] = mapped_column(String(55), default=None)
    """The request that has promised it, where that was traced (W3C Trace Context)."""

    @property
    def state(self) -> OutboxState:
        if self.delivered_at is not None:
            return "delivered"
        return "waiting" if self.failed_at is None else "failed"

    @property
    def is_readable(self) -> bool:
        """Whether what was sealed in it is still there."""
        return "sealed" in self.payload

    def deliver(self, *, at: datetime) -> None:
        self.delivered_at, self.failed_at = at, None
        self.claimed_until = self.last_error = None

    @property
    def ends_at(self) -> datetime:
        """After this it is given up, if it was ever tried."""
        return (self.retried_at or self.created_at) + GIVE_UP_AFTER

    def claim(self, *, at: datetime, lasting: timedelta) -> bool:
        """Have it worked on until then. Where the claim before this one ended without a word, its worker may have ended
        by it: then this claim lasts as long as a wait would, and after a day it is given up, which is a no.
        """
        is_silent = self.claimed_until is not None
        if is_silent and at > self.ends_at:
            self.give_up(LOST, at=at)
            return False
        self.attempts += 1
        self.claimed_until = at + (max(lasting, self._wait()) if is_silent else lasting)
        return True

    def postpone(self, error: str, *, at: datetime, chance: float = 1.0) -> None:
        """Try again later, each time twice as late; give up a day after the promise. `chance`, between 0 and 1, makes
        the wait up to a quarter shorter.
        """
        self.last_error, self.claimed_until = error[:300], None
        self.available_at = at + self._wait() * (LEAST_OF_A_WAIT + (1 - LEAST_OF_A_WAIT) * chance)
        if self.available_at > self.ends_at:
            self.failed_at = at

    def retry(self, *, at: datetime) -> None:
        """Begin anew what was given up: due now, with a day and all its tries."""
        self.failed_at, self.claimed_until, self.attempts = None, None, 0
        self.available_at = self.retried_at = at

    def _wait(self) -> timedelta:
        doublings = min(max(self.attempts - 1, 0), 16)
        return timedelta(seconds=min(FIRST_RETRY_SECONDS * 2**doublings, LONGEST_RETRY_SECONDS))

    def hurry(self, *, at: datetime) -> None:
        """Its next try is due now, whatever the tries before it had made it wait."""
        self.available_at = at

    def give_up(self, error: str, *, at: datetime) -> None:
        self.last_error, self.claimed_until, self.failed_at = error[:300], None, at


class Outbox:
    """Questions to the outbox table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def claim_due(
        self,
        *,
        at: datetime,
        only: Collection[str] | None = None,
        but: Collection[str] = (),
        most: int = BATCH,
        lasting: timedelta = CLAIM,
    ) -> list[OutboxMessage]:
        """Up to `most` due messages, of `only` these kinds or of all `but` those, claimed for so long: a worker that
        dies gives them back by itself.
        """
        due = (
            select(OutboxMessage)
            .where(*_due(at), *_of(only, but))
            .order_by(OutboxMessage.available_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        claimed = [message for message in self._session.scalars(due) if message.claim(at=at, lasting=lasting)]
        return sorted(claimed, key=lambda message: message.id)

    def has_due(
        self, *, at: datetime, only: Collection[str] | None = None, but: Collection[str] = ()
    ) -> bool:
        """Cheap and without a lock, so that an idle worker never stands in a writer's way."""
        due = select(OutboxMessage.id).where(*_due(at), *_of(only, but)).limit(1)
        return self._session.scalar(due) is not None

    def get(self, message_id: UUID) -> OutboxMessage | None:
        return self._session.get(OutboxMessage, message_id)

    def waits(self, kind: str) -> bool:
        """Whether work of this kind is promised and not done."""
        query = select(OutboxMessage.id).where(OutboxMessage.kind == kind, *_pending()).limit(1)
        return self._session.scalar(query) is not None

    def given_up(self, kind: str | None, *, most: int) -> list[OutboxMessage]:
        """Dead letters, the oldest first, of one kind or of all; nobody else changes them meanwhile."""
        query = select(OutboxMessage).where(OutboxMessage.failed_at.is_not(None))
        if kind is not None:
            query = query.where(OutboxMessage.kind == kind)
        query = query.order_by(OutboxMessage.id).limit(most).with_for_update(skip_locked=True)
        return list(self._session.scalars(query))

    def end_claims(self, *, at: datetime) -> int:
        """Whoever had something in hand is gone without a word, which each of them remembers; how many there were."""
        held = update(OutboxMessage).where(*_pending(), OutboxMessage.claimed_until >= at)
        ended = held.values(claimed_until=at - timedelta(seconds=1)).returning(OutboxMessage.id)
        return len(self._session.scalars(ended.execution_options(synchronize_session=False)).all())

    def discard(self, message: OutboxMessage) -> None:
        self._session.delete(message)

    def forget_before(self, at: datetime, *, dead_before: datetime, most: int = FORGET_AT_ONCE) -> int:
        """Delete what was delivered before that moment, and dead letters from before another, the oldest first; how
        many there were.
        """
        over = or_(OutboxMessage.delivered_at < at, OutboxMessage.failed_at < dead_before)
        oldest = select(OutboxMessage.id).where(over)
        some = delete(OutboxMessage).where(
            OutboxMessage.id.in_(oldest.order_by(OutboxMessage.id).limit(most))
        )
        gone = self._session.scalars(
            some.returning(OutboxMessage.id).execution_options(synchronize_session=False)
        )
        return len(gone.all())

    def backlog(self, *, at: datetime) -> int:
        """How many messages wait; what is promised for later and was never tried does not."""
        return self._session.scalar(select(func.count()).select_from(OutboxMessage).where(*waiting(at))) or 0

    def page(
        self,
        kind: str | None,
        *,
        state: OutboxState | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[OutboxMessage]:
        """Newest first, of one kind or of all. `before` goes on to older messages, `after` back to newer ones."""
        query = select(OutboxMessage)
        if kind is not None:
            query = query.where(OutboxMessage.kind == kind)
        match state:
            case "waiting":
                query = query.where(*_pending())
            case "delivered":
                query = query.where(OutboxMessage.delivered_at.is_not(None))
            case "failed":
                query = query.where(OutboxMessage.failed_at.is_not(None))
            case None:
                pass
        return keyset_page(self._session, query, OutboxMessage.id, before=before, after=after, size=size)


def _pending() -> tuple[Any, ...]:
    return OutboxMessage.delivered_at.is_(None), OutboxMessage.failed_at.is_(None)


def _due(at: datetime) -> tuple[Any, ...]:
    is_free = or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < at)
    return *_pending(), OutboxMessage.available_at <= at, is_free


def _of(only: Collection[str] | None, but: Collection[str]) -> tuple[Any, ...]:
    if only is not None:
        return (OutboxMessage.kind.in_(only),)
    return (OutboxMessage.kind.not_in(but),) if but else ()


def waiting(at: datetime) -> tuple[Any, ...]:
    return *_pending(), or_(OutboxMessage.available_at <= at, OutboxMessage.attempts > 0)
