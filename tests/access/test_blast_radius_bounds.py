"""A preview is bounded, costs the same for many as for few, and leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text

from portal.access.models import AccessEpoch, GroupMember
from portal.access.schemas import (
    GiveRole,
)
from portal.access.usecases.assignments import give_role
from portal.access.usecases.groups import delete_group
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import delete_role
from portal.infra.ids import new_id
from portal.infra.outbox import OutboxMessage
from tests.access.previews import IN_OFFICE, crowd, hold, radius_of, told, wish
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.infra.unit_of_work import UnitOfWork
    from tests.access.conftest import AddPerson, House


def test_nothing_of_a_preview_stays(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    role = house.role("deployer", ship=["create"])
    before = everything(house)

    def change(uow: UnitOfWork) -> None:
        give_role(uow, maya.id, GiveRole(role_id=role.id))
        uow.enqueue("recovery_mail", {"email": maya.email, "flow_id": None, "ip": None, "browser": None})
        delete_role(uow, role.id)

    assert radius_of(house, change).is_empty
    after_effects: list[str] = []
    house.portal.events.after(object, lambda _ports, event: after_effects.append(event.label))  # type: ignore[arg-type]
    radius_of(house, lambda uow: give_role(uow, maya.id, GiveRole(role_id=role.id)))
    assert everything(house) == before
    assert not house.portal.wake_worker.is_set()
    assert after_effects == []


def everything(house: House) -> dict[str, object]:
    """Every row of every table that a change of access could write to."""
    tables = (
        "roles",
        "user_roles",
        "permissions",
        "audit_logs",
        "audit_subjects",
        "outbox_messages",
        "users",
    )
    with house.portal.reading() as session:
        rows = {table: session.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all() for table in tables}  # noqa: S608
        return {
            **rows,
            "epoch": session.scalar(select(AccessEpoch.value)),
            "kinds": session.scalars(select(OutboxMessage.kind)).all(),
        }


def test_names_are_bounded_and_counts_are_not(house: House) -> None:
    role = house.role("deployer", ship=["create"])
    people = crowd(house, 120)
    hold(house, role.id, people)
    radius = radius_of(house, lambda uow: delete_role(uow, role.id))
    (line,) = radius.losses
    assert (line.count, len(line.people), line.unnamed) == (120, 50, 70)
    assert (radius.people, radius.is_exact) == (120, True)
    assert line.people[0] == (people[0], "P 0")


def test_beyond_the_bound_it_says_so(house: House) -> None:
    role, watcher = house.role("deployer", ship=["create"]), house.role("watcher", ship=["create"])
    group = house.group("Everybody", roles=(watcher,))
    people = crowd(house, 40)
    hold(house, role.id, people[10:])
    now = house.portal.ports.clock.now()
    with house.acting() as uow:
        rows = [{"id": new_id(), "user_id": one, "group_id": group.id, "added_at": now} for one in people]
        uow.session.execute(insert(GroupMember), rows)
    radius = radius_of(house, lambda uow: delete_group(uow, group.id), most=20)
    assert not radius.is_exact
    assert told(radius.losses) == {"ship:create": {f"P {number}" for number in range(10)}}
    assert radius_of(house, lambda uow: delete_group(uow, group.id), most=40).is_exact


@pytest.mark.parametrize("change", ["permissions", "delete"])
def test_the_number_of_statements_does_not_grow_with_the_people(house: House, change: str) -> None:
    role = house.role("deployer", ship=["create"])
    form = wish(house, ship={"read": None, "update": IN_OFFICE})

    def act(uow: UnitOfWork) -> None:
        if change == "permissions":
            set_permissions(uow, role.id, form)
        else:
            delete_role(uow, role.id)

    def cost() -> int:
        with statements(house.portal.engine) as asked:
            assert not radius_of(house, act).is_empty
        return len(asked)

    people = crowd(house, 300)
    hold(house, role.id, people[:2])
    few = cost()
    hold(house, role.id, people[2:])
    assert cost() == few
    assert few <= 35
