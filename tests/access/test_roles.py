"""Roles: made, called, owned and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from portal.access.errors import ChangedMeanwhile, NameTaken, PartOfThePortal, RoleNotFound, TooMuchToGive
from portal.access.repository import Roles
from portal.access.schemas import CreateRole, EditRole
from portal.access.services.facts import version_of
from portal.access.usecases.roles import create_role, delete_role, edit_role
from portal.infra.errors import Invalid
from portal.infra.ids import new_id

if TYPE_CHECKING:
    from tests.access.conftest import AddPerson, House


def test_a_new_role_is_told_whole(house: House) -> None:
    with house.acting(house.ada) as uow:
        role = create_role(
            uow, CreateRole(name="deployer", description=" Ships. ", owner="ada", is_requestable=True)
        )
    entry = house.told("role.created")[-1]
    assert entry.after_state == {
        "name": "deployer",
        "description": "Ships.",
        "owner": str(house.ada.id),
        "is_requestable": True,
        "permissions": {},
    }
    assert (entry.resource_id, entry.resource_label, entry.actor_id) == (role.id, "deployer", house.ada.id)


@pytest.mark.parametrize("owner", ["ADA", "ada@example.org", "id"])
def test_an_owner_is_named_in_any_way(house: House, owner: str) -> None:
    with house.acting() as uow:
        named = str(house.ada.id) if owner == "id" else owner
        role = create_role(uow, CreateRole(name="deployer", owner=named))
    assert role.owner_id == house.ada.id


def test_an_owner_whom_nobody_knows_is_refused_at_the_field(house: House) -> None:
    with pytest.raises(Invalid) as refused, house.acting() as uow:
        create_role(uow, CreateRole(name="deployer", owner="nobody"))
    assert refused.value.field == "owner"


@pytest.mark.parametrize("name", ["", "  ", "-x", "x-", "a\nb", "a\u202eb", "ä", "x" * 51, "a,b", "{x}"])
def test_a_name_that_could_mislead_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        CreateRole(name=name)


def test_two_roles_do_not_differ_in_case_alone(house: House) -> None:
    house.role("deployer")
    with pytest.raises(NameTaken), house.acting() as uow:
        create_role(uow, CreateRole(name="Deployer"))
    with pytest.raises(NameTaken), house.acting() as uow:
        create_role(uow, CreateRole(name="ADMINISTRATOR"))
    other = house.role("other")
    with pytest.raises(NameTaken), house.acting() as uow:
        edit_role(uow, other.id, EditRole(name="DEPLOYER"))


def test_an_edited_role_tells_what_differs(house: House) -> None:
    role = house.role("deployer")
    with house.acting() as uow:
        edit_role(uow, role.id, EditRole(name="Deployer", description="Ships"))
    with house.acting() as uow:
        edit_role(uow, role.id, EditRole(name="Deployer", description="Ships"))
    edits = house.told("role.edited")
    assert [(entry.before_state, entry.after_state) for entry in edits] == [
        ({"name": "deployer", "description": ""}, {"name": "Deployer", "description": "Ships"})
    ]


def test_a_form_that_is_out_of_date_changes_nothing(house: House) -> None:
    role = house.role("deployer")
    seen = version_of(role.describe())
    with house.acting() as uow:
        edit_role(uow, role.id, EditRole(name="deployer", description="first"), if_unchanged=seen)
    with pytest.raises(ChangedMeanwhile, match="Somebody changed this role"), house.acting() as uow:
        edit_role(uow, role.id, EditRole(name="deployer", description="second"), if_unchanged=seen)
    with pytest.raises(ChangedMeanwhile), house.acting() as uow:
        delete_role(uow, role.id, if_unchanged=seen)
    with house.portal.reading() as session:
        assert [one.description for one in [Roles(session).get(role.id)] if one] == ["first"]


@pytest.mark.parametrize("name", ["administrator", "auditor", "user"])
def test_a_system_role_keeps_its_name_and_its_life(house: House, name: str) -> None:
    role = house.built_in(name)
    with pytest.raises(PartOfThePortal) as refused, house.acting(house.ada) as uow:
        edit_role(uow, role.id, EditRole(name="other"))
    assert refused.value.field == "name"
    with pytest.raises(PartOfThePortal), house.acting(house.ada) as uow:
        delete_role(uow, role.id)
    with house.acting(house.ada) as uow:
        edit_role(uow, role.id, EditRole(name=name, description="In our words"))
    assert house.built_in(name).description == "In our words"


def test_a_deleted_role_is_gone_from_everybody(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    role = house.role("deployer", ship=["create"])
    house.group("Engineering", members=(maya,), roles=(role,))
    house.give(house.ada, role)
    with house.acting(house.ada) as uow:
        delete_role(uow, role.id, reason="nobody ships")
    entry = house.told("role.deleted")[-1]
    assert entry.before_state is not None
    assert entry.before_state["permissions"] == {"ship:create": None}
    assert (entry.details, entry.reason) == ({"people": 1, "groups": 1}, "nobody ships")
    with house.portal.reading() as session:
        names = Roles(session).names_of_users([maya.id, house.ada.id], at=house.portal.ports.clock.now())
    assert names == {maya.id: ["user"], house.ada.id: ["administrator", "user"]}


def test_a_role_that_is_gone_is_not_found(house: House) -> None:
    for act in (
        lambda uow: delete_role(uow, new_id()),
        lambda uow: edit_role(uow, new_id(), EditRole(name="x")),
    ):
        with pytest.raises(RoleNotFound), house.acting() as uow:
            act(uow)


def test_nobody_makes_an_owner_of_what_they_could_not_give(house: House, add_person: AddPerson) -> None:
    helper = add_person("helper@example.org")
    house.give(helper, house.role("role keeper", role=["update", "delete"]))
    powerful = house.role("key keeper", settings=["update"])
    with pytest.raises(TooMuchToGive, match="settings:update"), house.acting(helper) as uow:
        edit_role(uow, powerful.id, EditRole(name="key keeper", owner="helper"))
    with pytest.raises(TooMuchToGive), house.acting(helper) as uow:
        delete_role(uow, powerful.id)
    with house.acting(helper) as uow:
        edit_role(uow, powerful.id, EditRole(name="keeper of keys"))
