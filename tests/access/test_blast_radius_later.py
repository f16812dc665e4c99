"""A preview also says who loses or keeps what on a later day, because something ends sooner or later than before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from portal.access.rules.blast_radius import AppRule
from portal.access.schemas import AddMember, ChangeTerm, GiveGroupRole, GiveRole
from portal.access.services.blast_radius import Later
from portal.access.usecases.assignments import change_role, give_role, take_role
from portal.access.usecases.memberships import add_member, change_group_role, change_member, give_group_role
from portal.infra.ids import new_id
from tests.access.previews import radius_of, told

if TYPE_CHECKING:
    from portal.access.services.blast_radius import Line
    from portal.infra.unit_of_work import UnitOfWork
    from tests.access.conftest import AddPerson, House


def in_days(house: House, days: int) -> datetime:
    return house.portal.ports.clock.now() + timedelta(days=days)


def when(lines: tuple[Line, ...]) -> list[Later | None]:
    return [line.later for line in lines]


def test_an_end_that_comes_sooner_is_a_loss_from_then_on(house: House, add_person: AddPerson) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer", ship=["create"])
    house.give(maya, role)
    soon, late = in_days(house, 7), in_days(house, 30)
    radius = radius_of(house, lambda uow: change_role(uow, maya.id, role.id, ChangeTerm(expires_at=soon)))
    assert told(radius.losses) == {"ship:create": {"Maya"}}
    assert when(radius.losses) == [Later(soon, soon, None)]
    assert (radius.losing, radius.gaining, radius.people) == (1, 0, 1)
    with house.acting() as uow:
        change_role(uow, maya.id, role.id, ChangeTerm(expires_at=late))
    radius = radius_of(house, lambda uow: change_role(uow, maya.id, role.id, ChangeTerm(expires_at=soon)))
    assert when(radius.losses) == [Later(soon, soon, late)]


def test_an_end_that_comes_later_is_a_gain_from_then_on(house: House, add_person: AddPerson) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer", ship=["create"])
    soon, late = in_days(house, 7), in_days(house, 30)
    with house.acting() as uow:
        give_role(uow, maya.id, GiveRole(role_id=role.id, expires_at=soon))
    radius = radius_of(house, lambda uow: change_role(uow, maya.id, role.id, ChangeTerm(expires_at=late)))
    assert told(radius.gains) == {"ship:create": {"Maya"}}
    assert when(radius.gains) == [Later(soon, soon, late)]
    radius = radius_of(house, lambda uow: change_role(uow, maya.id, role.id, ChangeTerm()))
    assert when(radius.gains) == [Later(soon, soon, None)]
    assert radius.losses == ()


def test_another_way_that_lasts_makes_up_for_it_and_one_that_ends_only_until_then(
    house: House, add_person: AddPerson
) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer", ship=["create"])
    house.give(maya, role)
    group = house.group("Engineering", members=(maya,), roles=(role,))
    soon, late = in_days(house, 7), in_days(house, 30)
    end = ChangeTerm(expires_at=soon)
    assert radius_of(house, lambda uow: change_role(uow, maya.id, role.id, end)).is_empty
    with house.acting() as uow:
        change_member(uow, group.id, maya.id, ChangeTerm(expires_at=late))
    for change in (
        lambda uow: change_role(uow, maya.id, role.id, end),
        lambda uow: take_role(uow, maya.id, role.id),
    ):
        radius = radius_of(house, change)
        assert told(radius.losses) == {"ship:create": {"Maya"}}
        assert when(radius.losses) == [Later(late, late, None)]


def test_a_groups_role_that_ends_sooner_is_one_line_however_many_days_it_takes(
    house: House, add_person: AddPerson
) -> None:
    maya, devon, samir = (add_person(f"{name}@example.org") for name in ("maya", "devon", "samir"))
    role, watcher = house.role("deployer", ship=["create"]), house.role("watcher", ship=["create"])
    group = house.group("Engineering", members=(maya, devon), roles=(role,))
    end, beyond = in_days(house, 7), in_days(house, 9)
    with house.acting() as uow:
        add_member(uow, group.id, AddMember(user_id=samir.id, expires_at=in_days(house, 3)))
        give_role(uow, devon.id, GiveRole(role_id=watcher.id, expires_at=beyond))

    def change(uow: UnitOfWork) -> None:
        change_group_role(uow, group.id, role.id, ChangeTerm(expires_at=end))

    radius = radius_of(house, change)
    assert told(radius.losses) == {"ship:create": {"Maya", "Devon"}}
    assert when(radius.losses) == [Later(end, beyond, None)]
    with house.acting() as uow:
        change(uow)
    again = GiveGroupRole(role_id=role.id)
    radius = radius_of(house, lambda uow: give_group_role(uow, group.id, again))
    assert told(radius.gains) == {"ship:create": {"Maya", "Devon"}}


def test_who_may_use_an_app_only_for_now_is_told_too(house: House, add_person: AddPerson) -> None:
    maya, role, ledger = add_person("maya@example.org"), house.role("deployer"), new_id()
    group = house.group("Engineering", members=(maya,))
    house.give(maya, role)
    rule = AppRule("Ledger", role_ids=frozenset({role.id}), group_ids=frozenset({group.id}))
    soon, late = in_days(house, 7), in_days(house, 30)
    with house.acting() as uow:
        change_member(uow, group.id, maya.id, ChangeTerm(expires_at=late))
    radius = radius_of(
        house,
        lambda uow: change_role(uow, maya.id, role.id, ChangeTerm(expires_at=soon)),
        apps=lambda _session: {ledger: rule},
    )
    assert told(radius.losses) == {"Ledger": {"Maya"}}
    assert when(radius.losses) == [Later(late, late, None)]
