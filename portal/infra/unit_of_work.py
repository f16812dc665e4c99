"""One transaction, from a door's first question to its commit. Nothing else in the house commits or rolls
back.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from portal.infra.actor import Actor
from portal.infra.db import PERSONAL_KEYS
from portal.infra.events import Event, EventBus
from portal.infra.ids import new_id
from portal.infra.outbox import OutboxMessage
from portal.infra.ports import Ports

log = structlog.get_logger(__name__)


class UnitOfWork:
    """A clean exit commits, an exception rolls back. `now` stands still, so that one unit never disagrees
    with itself.
    """

    def __init__(
        self, engine: Engine, *, actor: Actor, ports: Ports, events: EventBus, wake_worker: Callable[[], None]
    ) -> None:
        self.session = Session(
            engine, expire_on_commit=False, autoflush=True, info={PERSONAL_KEYS: ports.personal_keys}
        )
        self.actor = actor
        self.ports = ports
        self.now: datetime = ports.clock.now()
        self._events = events
        self._published: list[Event] = []
        self._enqueued = False
        self._wake_worker = wake_worker

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.session.commit()
            else:
                self.session.rollback()
        finally:
            self.session.close()
        if kind is None:
            self._follow_up()

    def publish(self, event: Event) -> None:
        """Say what happened. Audit is written now, in this transaction; caches are told once it is
        committed.
        """
        self._events.run_inside(self, event)
        self._published.append(event)

    @property
    def published(self) -> tuple[Event, ...]:
        """What happened in this unit so far."""
        return tuple(self._published)

    def enqueue(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        message_id: UUID | None = None,
        available_at: datetime | None = None,
    ) -> OutboxMessage:
        """Promise work that a worker does after the commit, at least once; a rolled-back unit promises
        nothing.
        """
        message = OutboxMessage(
            id=message_id or new_id(),
            kind=kind,
            payload=dict(payload),
            created_at=self.now,
            available_at=available_at or self.now,
        )
        self.session.add(message)
        self._enqueued = True
        return message

    def lock(self, name: str) -> None:
        """Hold a named lock until the end of this unit; for invariants between rows. On SQLite the writer
        is alone anyway.
        """
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _number(name)})

    def try_lock(self, name: str) -> bool:
        """The same, unless somebody else holds it now: for work that one is enough for."""
        if self.session.get_bind().dialect.name != "postgresql":
            return True
        query = text("SELECT pg_try_advisory_xact_lock(:number)")
        return bool(self.session.scalar(query, {"number": _number(name)}))

    def _follow_up(self) -> None:
        for event in self._published:
            for handler in self._events.after_handlers(event):
                try:
                    handler(self.ports, event)
                except Exception:
                    # best effort by definition: the transaction is committed and must stay answered as such
                    log.exception("after_handler_failed", label=event.label)
        if self._enqueued:
            self._wake_worker()


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
