"""A portal filled with a crowd of invented people, to see how it does at the size one expects. For trials only."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from portal.access.repository import Roles
from portal.access.rules import DEFAULT_ROLE
from portal.accounts.events import CrowdInvented
from portal.accounts.repository import Users
from portal.bootstrap import TABLES, Portal
from portal.cli.crowds import GROUP, ROLE, Crowd, Named, Row, subject_of
from portal.cli.exits import StartFailed
from portal.infra.actor import CLI

T = TypeVar("T")

BATCH: Final = 2_000
"""Rows of a statement and of a transaction: seconds neither for other writers nor for a statement's time limit."""


class RealPeople(StartFailed):
    """Somebody lives here whom nobody has invented."""

    def __init__(self) -> None:
        super().__init__("people with real addresses have accounts here; seed a database of its own instead")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How many of each."""

    users: int
    groups: int = 0
    roles: int = 0
    apps: int = 0
    sessions: int = 0
    requests: int = 0
    audit: int = 0


@dataclass
class _Pen:
    """Writes rows in batches, each a transaction of its own."""

    portal: Portal
    tell: Callable[[str], None]
    started: float = field(default_factory=time.monotonic)

    def write(self, name: str, rows: Iterable[Row]) -> int:
        """All rows into one table; how many there were."""
        return self.write_to(rows, (name, lambda row: row))

    def write_to(self, rows: Iterable[Row], *into: tuple[str, Callable[[Row], Row]]) -> int:
        """Each row into several tables, as the function beside the table's name makes it."""
        total = 0
        for batch in _batches(rows, BATCH):
            with self.portal.unit_of_work(CLI) as uow:
                for name, shape in into:
                    uow.session.execute(insert(TABLES.tables[name]), [dict(shape(row)) for row in batch])
            total += len(batch)
        if total:
            self.tell(
                f"{total:>9,} {into[0][0].replace('_', ' ')} after {time.monotonic() - self.started:.1f} s"
            )
        return total


def fill(portal: Portal, wanted: Wanted, *, tell: Callable[[str], None]) -> None:
    """Fill a prepared database. May be repeated: people are added, groups and roles are made once.

    Raises:
        RealPeople: addresses that could be somebody's are there; nothing has happened.
    """
    with portal.reading() as session:
        if Users(session).any_reachable():
            raise RealPeople
        beginning = Users(session).count()
        default = Roles(session).by_name(DEFAULT_ROLE)
        roles = _invented(session, "roles", ROLE)
        groups = _invented(session, "groups", GROUP)
    if default is None:
        raise LookupError(
            "the built-in roles are missing: the portal has never been started on this database"
        )
    pen, crowd = _Pen(portal, tell), Crowd(portal.ports.clock.now())
    people: list[Named] = []
    if not roles:
        pen.write("roles", _remembered(crowd.roles(wanted.roles), roles))
    if not groups:
        pen.write("groups", _remembered(crowd.groups(wanted.groups), groups))
    pen.write("clients", crowd.apps(wanted.apps))
    pen.write("users", _remembered(crowd.people(wanted.users, beginning=beginning), people, name="username"))
    pen.write("user_roles", crowd.assignments(people, default.id, roles))
    pen.write("group_members", crowd.memberships(people, groups))
    if people:
        pen.write("sessions", crowd.sessions(people, wanted.sessions))
        pen.write("access_requests", crowd.requests(people, roles, wanted.requests))
        same = ("audit_logs", lambda row: row)
        pen.write_to(crowd.entries(people, wanted.audit), same, ("audit_subjects", subject_of))
    with portal.unit_of_work(CLI) as uow:
        uow.publish(CrowdInvented(details={"users": wanted.users}))
        uow.session.execute(text("ANALYZE"))


def _invented(session: Session, name: str, beginning: str) -> list[Named]:
    """What an earlier round has made."""
    table = TABLES.tables[name]
    query = select(table.c.id, table.c.name).where(table.c.name.startswith(beginning)).order_by(table.c.name)
    return [Named(row.id, row.name) for row in session.execute(query)]


def _remembered(rows: Iterator[Row], known: list[Named], *, name: str = "name") -> Iterator[Row]:
    for row in rows:
        known.append(Named(row["id"], row[name]))
        yield row


def _batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    walk = iter(rows)
    while batch := list(islice(walk, size)):
        yield batch
