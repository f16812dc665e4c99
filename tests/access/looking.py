"""What a request of somebody would find, and what would be explained of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.access.rules.conditions import Context
from portal.access.schemas import PermissionWish, SetPermissions
from portal.access.services.decisions import Access, access_of, decide, epoch_column
from portal.access.usecases.permissions import set_permissions
from portal.accounts.repository import Users

if TYPE_CHECKING:
    from datetime import datetime

    from portal.access.rules.decisions import Decision
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.access.conftest import House
    from tests.support.portals import MovableClock

IN_FINANCE = {"attribute": "subject.department", "operator": "equals", "value": "finance"}


def context(portal: Portal, **known: Any) -> Context:  # noqa: ANN401 - whatever a context takes
    return Context(now=portal.ports.clock.now(), **known)


def access(portal: Portal, person: User) -> Access:
    """As a request of that person would have it."""
    with portal.reading() as session:
        user = Users(session).get(person.id)
        assert user is not None
        epoch = session.scalar(select(epoch_column())) or 0
        return access_of(portal.ports.cache, session, person.id, user, epoch=epoch, context=context(portal))


def explained(portal: Portal, person: User, action: str, resource: str, **known: Any) -> Decision:  # noqa: ANN401
    with portal.reading() as session:
        decision = decide(session, person.id, action, resource, context=context(portal, **known))
    assert decision is not None
    return decision


def permit(house: House, role_name: str, resource: str, conditions: dict[str, Any] | None) -> None:
    """The role permits reading the resource under these conditions, and nothing else."""
    with house.acting() as uow:
        role = house.built_in(role_name)
        wish = PermissionWish(resource_id=house.resource(uow, resource), action="read", conditions=conditions)
        set_permissions(uow, role.id, SetPermissions(permissions=(wish,)))


def in_minutes(clock: MovableClock, minutes: int) -> datetime:
    return clock.now() + timedelta(minutes=minutes)
