"""Previews of changes, and crowds to look at in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert

from portal.access.models import UserRole
from portal.access.schemas import (
    PermissionWish,
    SetPermissions,
)
from portal.access.services.blast_radius import BlastRadius, blast_radius
from portal.accounts.models import User
from portal.infra.ids import new_id

if TYPE_CHECKING:
    from portal.access.services.blast_radius import Line
    from portal.infra.unit_of_work import UnitOfWork
    from tests.access.conftest import House


Told = dict[str, set[str]]


def told(lines: tuple[Line, ...]) -> Told:
    """`{"ship:create": {"Maya"}}`; what comes or stays under conditions has a question mark."""
    found: Told = {}
    for line in lines:
        doubt = "?" if "conditional" in {line.shift.before, line.shift.after} else ""
        name = f"{line.shift.what}:{line.shift.action}".rstrip(":") + doubt
        assert line.count == len(line.people)
        found[name] = {label for _, label in line.people}
    return found


def radius_of(
    house: House,
    change: Callable[[UnitOfWork], object],
    **options: Any,  # noqa: ANN401 - whatever it takes
) -> BlastRadius:
    return blast_radius(lambda: house.acting(house.ada), change, **options)


def wish(house: House, **permitted: dict[str, dict[str, Any] | None]) -> SetPermissions:
    with house.acting() as uow:
        return SetPermissions(
            permissions=tuple(
                PermissionWish(
                    resource_id=house.resource(uow, resource), action=action, conditions=conditions
                )
                for resource, actions in permitted.items()
                for action, conditions in actions.items()
            )
        )


IN_OFFICE: dict[str, Any] = {"attribute": "context.ip", "operator": "ip_in", "value": ["192.0.2.0/24"]}


def crowd(house: House, count: int) -> list[UUID]:
    """So many people at once, without ceremony."""
    now = house.portal.ports.clock.now()
    ids = [new_id() for _ in range(count)]
    with house.acting() as uow:
        rows = [
            {
                "id": one, "username": f"p{number:06}", "email": f"p{number:06}@example.org", "name": f"P {number}",
                "created_at": now, "updated_at": now, "is_active": True, "security_epoch": 0,
            }
            for number, one in enumerate(ids)
        ]  # fmt: skip
        uow.session.execute(insert(User), rows)
    return ids


def hold(house: House, role_id: UUID, people: list[UUID]) -> None:
    now = house.portal.ports.clock.now()
    with house.acting() as uow:
        rows = [{"id": new_id(), "user_id": one, "role_id": role_id, "assigned_at": now} for one in people]
        uow.session.execute(insert(UserRole), rows)
