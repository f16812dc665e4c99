"""How many decisions a second, with 1, 10 and 100 roles: kept in a cache, read anew, and with the whole explanation.

Run by hand, never by the suite; each figure is the best of three rounds, with their spread:

    .venv/bin/python -m tests.benchmarks.decisions [postgresql+psycopg://user@host/database]

Without an address it makes a fresh SQLite database. A role has ten permissions, a tenth of them under a condition.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

from portal.access.models import Permission, Resource, Role, UserRole
from portal.access.repository.entitlements import Entitlements
from portal.access.rules.conditions import Context
from portal.access.services.decisions import access_of, compile_access, decide
from portal.accounts.models import User
from portal.bootstrap import Portal, build_portal
from portal.infra.actor import CLI
from portal.infra.ids import new_id
from tests.support.portals import cheap_settings, prepare

ROLES: Final = (1, 10, 100)
PERMISSIONS: Final = 10
ROUNDS: Final = 3
SECONDS: Final = 1.0
CONDITION: Final = {
    "all": [
        {"attribute": "subject.department", "operator": "equals", "value": "finance"},
        {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]},
    ]
}


def main(database_url: str | None) -> None:
    """Print a line for each number of roles and each way of asking."""
    with tempfile.TemporaryDirectory() as folder:
        url = database_url or f"sqlite:///{folder}/portal.db"
        prepare(url, Path(folder))
        portal = build_portal(cheap_settings(url, Path(folder)))
        write(f"{'roles':>5}  {'asked':<28}{'a second':>10}   spread")
        for roles in ROLES:
            user_id, resource = furnish(portal, roles)
            for name, question in questions(portal, user_id, resource).items():
                rates = sorted(rate(question) for _ in range(ROUNDS))
                write(f"{roles:>5}  {name:<28}{rates[-1]:>10,.0f}   {rates[0]:,.0f} to {rates[-1]:,.0f}")
        portal.engine.dispose()


def write(line: str) -> None:
    sys.stdout.write(line + "\n")


def furnish(portal: Portal, count: int) -> tuple[UUID, str]:
    """Somebody with so many roles; the last of them permits the resource that is asked for, under a condition."""
    with portal.unit_of_work(CLI) as uow:
        name = new_id().hex
        user = User(
            username=name,
            email=f"{name}@example.org",
            created_at=uow.now,
            updated_at=uow.now,
            attributes={"department": "finance"},
        )
        resources = [Resource(name=f"{name}.{number}", type="app") for number in range(PERMISSIONS)]
        roles = [Role(name=f"{name} {number}"[-50:], created_at=uow.now) for number in range(count)]
        uow.session.add_all([user, *resources, *roles])
        uow.session.flush()
        for role in roles:
            uow.session.add(UserRole(user_id=user.id, role_id=role.id, assigned_at=uow.now))
            uow.session.add_all(
                Permission(
                    role_id=role.id,
                    resource_id=one.id,
                    action="read",
                    conditions=CONDITION if one is resources[0] else None,
                )
                for one in resources
            )
        return user.id, resources[0].name


def questions(portal: Portal, user_id: UUID, resource: str) -> dict[str, Callable[[], bool]]:
    """The same question, asked in four ways."""
    context = Context(now=portal.ports.clock.now(), ip="10.1.2.3")
    with portal.reading() as session:
        user = session.get_one(User, user_id)
        epoch = Entitlements(session).epoch()
        access = access_of(portal.ports.cache, session, user_id, user, epoch=epoch, context=context)

    def in_a_request() -> bool:
        return access.permits("read", resource)

    def from_the_cache() -> bool:
        with portal.reading() as session:
            found = access_of(portal.ports.cache, session, user_id, user, epoch=epoch, context=context)
        return found.permits("read", resource)

    def read_anew() -> bool:
        with portal.reading() as session:
            compiled = compile_access(session, user_id, at=context.now)
        return bool(compiled.permitted)

    def explained() -> bool:
        with portal.reading() as session:
            decision = decide(session, user_id, "read", resource, context=context)
        return decision is not None and decision.permitted

    return {
        "again in one request": in_a_request,
        "first in a request, cached": from_the_cache,
        "read anew (uncached)": read_anew,
        "with its explanation": explained,
    }


def rate(question: Callable[[], bool]) -> float:
    """Answers in a second of this process's processor time, so that whatever else runs matters less."""
    if not question():
        raise SystemExit("the question that is measured has to be answered with yes")
    count, start = 0, time.process_time()
    while (elapsed := time.process_time() - start) < SECONDS:
        question()
        count += 1
    return count / elapsed


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
