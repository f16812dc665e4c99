"""Which apps open and close with a change of roles and groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository import Roles
from portal.access.rules.blast_radius import AppRule
from portal.access.schemas import (
    AddMember,
    GiveRole,
)
from portal.access.usecases.assignments import give_role
from portal.access.usecases.memberships import add_member, remove_member
from portal.access.usecases.roles import delete_role
from portal.clients.schemas import RegisterClient
from portal.clients.services import app_rules
from portal.clients.usecases import register_client
from portal.infra.ids import new_id
from tests.access.previews import radius_of, told

if TYPE_CHECKING:
    from tests.access.conftest import AddPerson, House


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


def test_the_apps_of_the_portal_are_compared_too(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    role = house.role("bookkeeper")
    for name, audience in (("Ledger", "roles"), ("Wiki", "everyone")):
        wish_of = {"client_name": name, "kind": "web", "audience": audience, "role_ids": [role.id]}
        with house.acting() as uow:
            register_client(
                uow,
                RegisterClient.model_validate(wish_of | {"redirect_uris": ["https://app.example.org/back"]}),
            )
    give = GiveRole(role_id=role.id)
    radius = radius_of(house, lambda uow: give_role(uow, maya.id, give), apps=app_rules)
    assert told(radius.gains) == {"Ledger": {"Maya"}}
    house.give(maya, role)
    radius = radius_of(house, lambda uow: delete_role(uow, role.id), apps=app_rules)
    assert told(radius.losses) == {"Ledger": {"Maya"}}
