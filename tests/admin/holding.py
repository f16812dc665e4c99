"""Roles, groups and resources for tests of the console, each made in one line by the use case that makes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import UUID

from portal.access.repository import Groups, Permissions, Resources, Roles
from portal.access.schemas import (
    AddMember,
    CreateGroup,
    CreateResource,
    CreateRole,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
)
from portal.access.usecases.assignments import give_role
from portal.access.usecases.groups import create_group
from portal.access.usecases.memberships import add_member, give_group_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.resources import create_resource
from portal.access.usecases.roles import create_role
from portal.infra.actor import CLI
from tests.admin.conftest import shown

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.admin.conftest import Operator

Conditions = dict[str, Any]


def new_resource(portal: Portal, name: str, **fields: object) -> UUID:
    with portal.unit_of_work(CLI) as uow:
        wish = CreateResource.model_validate({"name": name, "type": "service", **fields})
        return create_resource(uow, wish).id


def new_role(portal: Portal, name: str, permits: dict[str, Conditions | None] | None = None) -> UUID:
    """`new_role(portal, "editor", {"wiki:read": None})`: the resources have to be there."""
    with portal.unit_of_work(CLI) as uow:
        role_id = create_role(uow, CreateRole(name=name, description=f"What a {name} does")).id
    permit(portal, role_id, permits or {})
    return role_id


def permit(portal: Portal, role_id: UUID, permits: dict[str, Conditions | None]) -> None:
    """Just this and nothing else."""
    with portal.unit_of_work(CLI) as uow:
        wishes = []
        for key, conditions in permits.items():
            resource, _, action = key.rpartition(":")
            found = Resources(uow.session).by_name(resource)
            assert found is not None, resource
            wishes.append(PermissionWish(resource_id=found.id, action=action, conditions=conditions))
        set_permissions(uow, role_id, SetPermissions(permissions=tuple(wishes)))


def new_group(portal: Portal, name: str, *members: User, roles: tuple[UUID, ...] = ()) -> UUID:
    with portal.unit_of_work(CLI) as uow:
        group_id = create_group(uow, CreateGroup(name=name)).id
        for role_id in roles:
            give_group_role(uow, group_id, GiveGroupRole(role_id=role_id))
        for person in members:
            add_member(uow, group_id, AddMember(user_id=person.id))
        return group_id


def give(portal: Portal, person: User, role_id: UUID, *, until: str | None = None) -> None:
    with portal.unit_of_work(CLI) as uow:
        give_role(uow, person.id, GiveRole.model_validate({"role_id": role_id, "expires_at": until}))


def permitted(portal: Portal, role_id: UUID) -> dict[str, Conditions | None]:
    """What the role permits, and under which conditions."""
    with portal.reading() as session:
        return {one.key: one.conditions for one in Permissions(session).of_role(role_id)}


def permission_id(portal: Portal, role_id: UUID, action: str) -> UUID:
    with portal.reading() as session:
        return next(row.id for row in Permissions(session).rows_of(role_id) if row.action == action)


def role_names(portal: Portal, person: User) -> list[str]:
    """What the person holds now, in whatever way."""
    with portal.reading() as session:
        return [role.name for role in Roles(session).of_user(person.id, at=portal.ports.clock.now())]


def member_names(portal: Portal, group_id: UUID) -> list[str]:
    with portal.reading() as session:
        return [member.user.username for member in Groups(session).members_page(group_id).items]


def hidden(page: str) -> dict[str, list[str]]:
    """What the last form of a page carries along, as a browser would send it."""
    form = page.rpartition("<form")[2]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        if name != "csrf_token":
            found.setdefault(name, []).append(unescape(value))
    return found


def preview(
    operator: Operator, path: str, fields: Mapping[str, object], *, seen_on: str | None = None
) -> TestResponse:
    return operator.send(path, {**fields, "step": "preview"}, seen_on=seen_on)


def carry_on(operator: Operator, path: str, page: TestResponse, step: str, *, seen_on: str) -> TestResponse:
    """Press one of the buttons below a preview."""
    return operator.send(path, {**hidden(page.text), "step": step}, seen_on=seen_on)


def saved(operator: Operator, path: str, fields: Mapping[str, object], *, seen_on: str | None = None) -> str:
    """Both steps of a change; the words of the preview."""
    page = preview(operator, path, fields, seen_on=seen_on)
    assert page.status_code == 200, shown(page.text)
    answer = carry_on(operator, path, page, "save", seen_on=seen_on or path)
    assert answer.status_code == 303
    return shown(page.text)
