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
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from portal.infra.actor import Actor
from portal.infra.db import PERSONAL_KEYS
from portal.infra.events import Event, EventBus
from portal.infra.ids import new_id
from portal.infra.outbox import OutboxMessage
from portal.infra.ports import Ports
from portal.infra.sqlite import READ_ONLY

log = structlog.get_logger(__name__)


class UnitOfWork:
    """A clean exit commits, an exception rolls back. `now` stands still, so that one unit never disagrees
    with itself.
    """

    def __init__(
        self, engine: Engine, *, actor: Actor, ports: Ports, events: EventBus, announce: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._has_begun = False
        self._held_back: list[Callable[[Connection], None]] = []
        self.info: dict[str, Any] = {}
        """What parts of the house remember within this unit."""
        self.actor = actor
        self.ports = ports
        self.now: datetime = ports.clock.now()
        self._events = events
        self._published: list[Event] = []
        self._has_work = False
        self._tell_worker = announce

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._commit()
        finally:
            self._close()
        if kind is None:
            self._follow_up()

    @property
    def asking(self) -> Connection:
        """For questions that need no transaction: each sees what is committed by then, and costs one round trip. Once
        the transaction has begun it is the same.
        """
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(**{READ_ONLY: True})
        return self._connection

    @property
    def connection(self) -> Connection:
        """The transaction itself, for plain statements: they cost half of what the session asks for. They see what the
        session has flushed, and nothing else of it.
        """
        if self._connection is None or not self._has_begun:
            self._connection = self._begin()
        return self._connection

    @property
    def session(self) -> Session:
        """The same transaction, for whoever works with rows as objects; made at the first use."""
        if self._session is None:
            self._session = Session(
                self.connection,
                join_transaction_mode="control_fully",
                expire_on_commit=False,
                info={PERSONAL_KEYS: self.ports.personal_keys},
            )
        return self._session

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
            traceparent=self.ports.traces.here(),
        )
        self.session.add(message)
        self.announce()
        return message

    def announce(self) -> None:
        """Say after the commit that there is work to do."""
        self._has_work = True

    def lock(self, name: str) -> None:
        """Hold a named lock until the end of this unit; for invariants between rows. On SQLite the writer
        is alone anyway.
        """
        if self._engine.dialect.name == "postgresql":
            self.connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _number(name)})

    def try_lock(self, name: str) -> bool:
        """The same, unless somebody else holds it now: for work that one is enough for."""
        if self._engine.dialect.name != "postgresql":
            return True
        query = text("SELECT pg_try_advisory_xact_lock(:number)")
        return bool(self.connection.scalar(query, {"number": _number(name)}))

    def write_first(self, write: Callable[[Connection], None]) -> None:
        """Write something that nothing in this unit depends on, in one statement on PostgreSQL. Before the transaction
        has begun it is held back until then: a unit that does nothing else needs no BEGIN and no COMMIT.
        """
        if self._connection is not None and self._has_begun:
            write(self._connection)
        else:
            self._held_back.append(write)

    def _begin(self) -> Connection:
        connection = self._connection
        if connection is None:
            connection = self._engine.connect()
        else:  # it was only asked so far
            connection.commit()
            connection.execution_options(**{READ_ONLY: False})
        self._connection, self._has_begun = connection, True
        connection.begin()
        for write in self._held_back:
            write(connection)
        return connection

    def _commit(self) -> None:
        if not self._has_begun and self._held_back:
            is_one_statement = len(self._held_back) == 1 and self._engine.dialect.name == "postgresql"
            if is_one_statement:
                self._held_back[0](self.asking)
            else:
                self._begin()
        if self._session is not None:
            self._session.commit()
        # a session that was asked for nothing has not taken the transaction over
        if self._connection is not None and self._connection.in_transaction():
            self._connection.commit()

    def _close(self) -> None:
        """Whatever is not committed by now is rolled back."""
        try:
            if self._session is not None:
                self._session.close()
        finally:
            if self._connection is not None:
                self._connection.close()

    def _follow_up(self) -> None:
        for event in self._published:
            for handler in self._events.after_handlers(event):
                try:
                    handler(self.ports, event)
                except Exception:
                    # best effort by definition: the transaction is committed and must stay answered as such
                    log.exception("after_handler_failed", label=event.label)
        if self._has_work:
            self._tell_worker()


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
