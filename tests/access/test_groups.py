"""Groups: who is in them, which roles they give, and who looks after them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from portal.access.errors import ChangedMeanwhile, NameTaken, NotHeld
from portal.access.repository import Roles
from portal.access.schemas import (
    AddMember,
    ChangeTerm,
    CreateGroup,
    EditGroup,
    GiveGroupRole,
)
from portal.access.services.facts import version_of
from portal.access.usecases.groups import (
    create_group,
    delete_group,
    edit_group,
)
from portal.access.usecases.memberships import (
    add_member,
    change_group_role,
    change_member,
    give_group_role,
    remove_member,
    take_group_role,
)

if TYPE_CHECKING:
    from portal.accounts.models import User
    from tests.access.conftest import AddPerson, House
    from tests.support.portals import MovableClock


def roles_of(house: House, person: User) -> list[str]:
    with house.portal.reading() as session:
        return [role.name for role in Roles(session).of_user(person.id, at=house.portal.ports.clock.now())]


def test_a_group_is_made_edited_and_deleted_and_all_of_it_told(house: House, add_person: AddPerson) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer")
    with house.acting(house.ada) as uow:
        group = create_group(uow, CreateGroup(name="Engineering", description="Builds"))
        edit_group(uow, group.id, EditGroup(name="Engineers", description="Builds", is_requestable=True))
        give_group_role(uow, group.id, GiveGroupRole(role_id=role.id))
        add_member(uow, group.id, AddMember(user_id=maya.id))
        delete_group(uow, group.id, reason="reorganised")
    told = house.told("group.")
    assert [one.action.partition(".")[2] for one in told] == [
        "created",
        "edited",
        "role_given",
        "member_added",
        "deleted",
    ]
    assert told[1].before_state == {"name": "Engineering", "is_requestable": False}
    assert told[1].after_state == {"name": "Engineers", "is_requestable": True}
    assert told[4].details == {"members": 1, "roles": ["deployer"]}
    assert [subject.resource_label for subject in told[4].subjects] == ["Engineers", "deployer"]
    assert roles_of(house, maya) == ["user"]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\u202eb", "x" * 101])
def test_a_name_that_could_mislead_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        CreateGroup(name=name)


def test_names_are_taken_in_every_spelling(house: House) -> None:
    house.group("Engineering")
    finance = house.group("Finance")
    with pytest.raises(NameTaken), house.acting() as uow:
        create_group(uow, CreateGroup(name="ENGINEERING"))
    with pytest.raises(NameTaken), house.acting() as uow:
        edit_group(uow, finance.id, EditGroup(name="engineering"))
    with house.acting() as uow:
        edit_group(uow, finance.id, EditGroup(name="FINANCE"))


def test_a_form_that_is_out_of_date_changes_nothing(house: House) -> None:
    group = house.group("Engineering")
    seen = version_of(group.describe())
    with house.acting() as uow:
        edit_group(uow, group.id, EditGroup(name="Engineers"), if_unchanged=seen)
    for change in (
        lambda uow: edit_group(uow, group.id, EditGroup(name="Builders"), if_unchanged=seen),
        lambda uow: delete_group(uow, group.id, if_unchanged=seen),
    ):
        with pytest.raises(ChangedMeanwhile), house.acting() as uow:
            change(uow)


def test_a_membership_is_changed_and_ends(house: House, add_person: AddPerson, clock: MovableClock) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer")
    group = house.group("Engineering", members=(maya,), roles=(role,))
    end = clock.now() + timedelta(days=3)
    with house.acting(house.ada) as uow:
        change_member(uow, group.id, maya.id, ChangeTerm(expires_at=end, reason="guest"))
    entry = house.told("group.member_changed")[-1]
    assert (entry.before_state, entry.after_state) == ({"expires_at": None}, {"expires_at": end.isoformat()})
    assert [subject.resource_id for subject in entry.subjects] == [group.id, maya.id]
    assert roles_of(house, maya) == ["deployer", "user"]
    clock.advance(days=4)
    assert roles_of(house, maya) == ["user"]
    with pytest.raises(NotHeld), house.acting() as uow:
        change_member(uow, group.id, maya.id, ChangeTerm())
    with house.acting() as uow:
        add_member(uow, group.id, AddMember(user_id=maya.id))
    assert roles_of(house, maya) == ["deployer", "user"]
    with house.acting() as uow:
        remove_member(uow, group.id, maya.id)
    with pytest.raises(NotHeld), house.acting() as uow:
        remove_member(uow, group.id, maya.id)


def test_a_role_of_a_group_is_changed_taken_and_given_anew(
    house: House, add_person: AddPerson, clock: MovableClock
) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer")
    group = house.group("Engineering", members=(maya,), roles=(role,))
    with house.acting() as uow:
        change_group_role(uow, group.id, role.id, ChangeTerm(expires_at=uow.now + timedelta(days=1)))
        give_group_role(uow, group.id, GiveGroupRole(role_id=role.id, expires_at=uow.now + timedelta(days=2)))
    clock.advance(days=3)
    assert roles_of(house, maya) == ["user"]
    with pytest.raises(NotHeld), house.acting() as uow:
        change_group_role(uow, group.id, role.id, ChangeTerm())
    with house.acting() as uow:
        give_group_role(uow, group.id, GiveGroupRole(role_id=role.id))
    assert roles_of(house, maya) == ["deployer", "user"]
    with house.acting() as uow:
        take_group_role(uow, group.id, role.id, reason="done")
    with pytest.raises(NotHeld), house.acting() as uow:
        take_group_role(uow, group.id, role.id)
    assert [one.action.partition("_")[2] for one in house.told("group.role")] == [
        "given", "changed", "changed", "given", "taken",
    ]  # fmt: skip
