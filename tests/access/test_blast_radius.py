"""A preview says who gains and who loses what, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from portal.access.errors import LastAdministrator, PartOfThePortal
from portal.access.models import AccessEpoch, GroupMember, UserRole
from portal.access.repository import Roles
from portal.access.rules.blast_radius import AppRule
from portal.access.schemas import (
    AddMember,
    ChangeTerm,
    EditResource,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
    SetUserAttributes,
)
from portal.access.services.blast_radius import BlastRadius, blast_radius
from portal.access.usecases.assignments import change_role, give_role, set_user_attributes, take_role
from portal.access.usecases.groups import delete_group
from portal.access.usecases.memberships import add_member, give_group_role, remove_member, take_group_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.resources import delete_resource, edit_resource
from portal.access.usecases.roles import delete_role
from portal.accounts.models import User
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.infra.ids import new_id
from portal.infra.outbox import OutboxMessage
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.access.services.blast_radius import Line
    from portal.infra.unit_of_work import UnitOfWork
    from tests.access.conftest import AddPerson, House

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


def test_permissions_that_change_concern_every_holder(house: House, add_person: AddPerson) -> None:
    maya, devon, samir = (add_person(f"{name}@example.org") for name in ("maya", "devon", "samir"))
    role = house.role("deployer", ship=["create", "read"])
    house.give(maya, role)
    house.group("Engineering", members=(devon,), roles=(role,))
    house.give(samir, role)
    house.give(samir, house.role("watcher", ship=["read"]))
    form = wish(house, ship={"create": None, "update": None})
    radius = radius_of(house, lambda uow: set_permissions(uow, role.id, form))
    assert told(radius.gains) == {"ship:update": {"Maya", "Devon", "Samir"}}
    assert told(radius.losses) == {"ship:read": {"Maya", "Devon"}}
    assert (radius.people, radius.is_exact, radius.refusal) == (3, True, None)


def test_conditions_are_neither_all_nor_nothing(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    role = house.role("deployer", ship=["create"])
    house.give(maya, role)
    form = wish(house, ship={"create": IN_OFFICE, "read": IN_OFFICE})
    radius = radius_of(house, lambda uow: set_permissions(uow, role.id, form))
    assert told(radius.losses) == {"ship:create?": {"Maya"}}
    assert told(radius.gains) == {"ship:read?": {"Maya"}}
    with house.acting() as uow:
        set_permissions(uow, role.id, form)
    elsewhere = {**IN_OFFICE, "value": ["198.51.100.0/24"]}
    form = wish(house, ship={"create": elsewhere, "read": None})
    radius = radius_of(house, lambda uow: set_permissions(uow, role.id, form))
    assert told(radius.altered) == {"ship:create?": {"Maya"}}
    assert told(radius.gains) == {"ship:read?": {"Maya"}}


def test_admin_is_everything_at_once(house: House, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    role = house.role("captain", ship=["admin"])
    house.give(devon, house.role("watcher", ship=["read"]))
    give = GiveRole(role_id=role.id)
    of_maya = radius_of(house, lambda uow: give_role(uow, maya.id, give))
    assert told(of_maya.gains) == {"ship:admin": {"Maya"}}
    of_devon = radius_of(house, lambda uow: give_role(uow, devon.id, give))
    assert told(of_devon.gains).keys() == {"ship:admin", "ship:create", "ship:update", "ship:delete"}
    assert of_maya.losses == of_devon.losses == ()


def test_a_role_for_one_person_concerns_no_other_holder(house: House, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    role = house.role("deployer", ship=["create"])
    house.give(devon, role)
    give = GiveRole(role_id=role.id)
    assert told(radius_of(house, lambda uow: give_role(uow, maya.id, give)).gains) == {
        "ship:create": {"Maya"}
    }
    take = radius_of(house, lambda uow: take_role(uow, devon.id, role.id))
    assert told(take.losses) == {"ship:create": {"Devon"}}
    house.group("Engineering", members=(devon,), roles=(role,))
    assert radius_of(house, lambda uow: take_role(uow, devon.id, role.id)).is_empty


def test_groups_bring_and_take_what_their_roles_permit(house: House, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    role = house.role("deployer", ship=["create"])
    group = house.group("Engineering", members=(maya, devon))
    house.give(devon, role)
    radius = radius_of(house, lambda uow: give_group_role(uow, group.id, GiveGroupRole(role_id=role.id)))
    assert told(radius.gains) == {"ship:create": {"Maya"}}
    with house.acting() as uow:
        give_group_role(uow, group.id, GiveGroupRole(role_id=role.id))
    lost = {"ship:create": {"Maya"}}
    for change in (
        lambda uow: take_group_role(uow, group.id, role.id),
        lambda uow: delete_group(uow, group.id),
        lambda uow: remove_member(uow, group.id, maya.id),
    ):
        assert told(radius_of(house, change).losses) == lost
    samir = add_person("samir@example.org")
    radius = radius_of(house, lambda uow: add_member(uow, group.id, AddMember(user_id=samir.id)))
    assert told(radius.gains) == {"ship:create": {"Samir"}}


def test_what_goes_with_a_role_or_a_resource(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    role = house.role("deployer", ship=["create"], dock=["read"])
    house.give(maya, role)
    radius = radius_of(house, lambda uow: delete_role(uow, role.id))
    assert told(radius.losses) == {"dock:read": {"Maya"}, "ship:create": {"Maya"}}
    radius = radius_of(house, lambda uow: delete_resource(uow, house.resource(uow, "dock")))
    assert told(radius.losses) == {"dock:read": {"Maya"}}
    renamed = EditResource(name="pier", type="app")
    radius = radius_of(house, lambda uow: edit_resource(uow, house.resource(uow, "dock"), renamed))
    assert (told(radius.losses), told(radius.gains)) == ({"dock:read": {"Maya"}}, {"pier:read": {"Maya"}})


def test_what_conditions_compare_may_change_their_answer(house: House, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    role = house.role("deployer", dock=["read"])
    for person in (maya, devon):
        house.give(person, role)
    with house.acting() as uow:
        set_permissions(uow, role.id, wish_in(uow, house, IN_OFFICE))
    attributes = SetUserAttributes(attributes={"department": "ships"})
    radius = radius_of(house, lambda uow: set_user_attributes(uow, maya.id, attributes))
    assert told(radius.altered) == {"ship:create?": {"Maya"}}
    metadata = EditResource(name="ship", type="app", metadata={"region": "north"})
    radius = radius_of(house, lambda uow: edit_resource(uow, house.resource(uow, "ship"), metadata))
    assert told(radius.altered) == {"ship:create?": {"Maya", "Devon"}}


def wish_in(uow: UnitOfWork, house: House, conditions: dict[str, Any]) -> SetPermissions:
    ship, dock = house.resource(uow, "ship"), house.resource(uow, "dock")
    return SetPermissions(
        permissions=(
            PermissionWish(resource_id=ship, action="create", conditions=conditions),
            PermissionWish(resource_id=dock, action="read"),
        )
    )


def test_whoever_is_shut_out_loses_everything_and_gains_nothing(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    role = house.role("deployer", ship=["create"])
    house.give(maya, role)
    radius = radius_of(house, lambda uow: disable_user(uow, maya.id, DisableUser(reason="left")))
    assert told(radius.losses) == {"ship:create": {"Maya"}}
    with house.acting() as uow:
        disable_user(uow, maya.id, DisableUser(reason="left"))
    assert radius_of(house, lambda uow: delete_role(uow, role.id)).is_empty


def test_apps_open_and_close_with_roles_and_groups(house: House, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    role, other = house.role("deployer"), house.role("other")
    group = house.group("Engineering", members=(devon,))
    house.give(devon, other)
    ledger, wiki = new_id(), new_id()

    def apps(session: Session) -> Mapping[UUID, AppRule]:
        there = {one for one in (role.id, other.id) if Roles(session).get(one)}
        return {
            ledger: AppRule("Ledger", role_ids=frozenset(there), group_ids=frozenset({group.id})),
            wiki: AppRule("Wiki", for_everyone=True),
        }

    give = GiveRole(role_id=role.id)
    assert told(radius_of(house, lambda uow: give_role(uow, maya.id, give), apps=apps).gains) == {
        "Ledger": {"Maya"}
    }
    assert radius_of(house, lambda uow: give_role(uow, devon.id, give), apps=apps).is_empty
    house.give(maya, role)
    assert told(radius_of(house, lambda uow: delete_role(uow, role.id), apps=apps).losses) == {
        "Ledger": {"Maya"}
    }
    assert radius_of(house, lambda uow: remove_member(uow, group.id, devon.id), apps=apps).is_empty
    join = AddMember(user_id=house.ada.id)
    assert told(radius_of(house, lambda uow: add_member(uow, group.id, join), apps=apps).gains) == {
        "Ledger": {"Ada"}
    }


def test_a_refusal_is_a_result(house: House) -> None:
    administrator = house.built_in("administrator")
    end = ChangeTerm(expires_at=house.portal.ports.clock.now() + timedelta(days=1))
    radius = radius_of(house, lambda uow: change_role(uow, house.ada.id, administrator.id, end))
    assert isinstance(radius.refusal, LastAdministrator)
    assert radius.is_empty
    assert isinstance(
        radius_of(house, lambda uow: delete_role(uow, administrator.id)).refusal, PartOfThePortal
    )


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
