"""A portal in which everything changes at random, through the use cases that operators have."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from portal.access.schemas import (
    AddGroupAdministrator,
    AddMember,
    CreateGroup,
    CreateResource,
    CreateRole,
    EditGroup,
    EditResource,
    EditRole,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
    SetUserAttributes,
)
from portal.access.usecases import assignments, groups, memberships, permissions, resources, roles
from portal.accounts.schemas import DisableUser, Profile
from portal.accounts.usecases.edit_profile import edit_profile
from portal.accounts.usecases.manage_users import disable_user, enable_user
from portal.clients.schemas import ClientAccess, EditClient, RegisterClient
from portal.clients.usecases import (
    delete_client,
    disable_client,
    edit_client,
    enable_client,
    register_client,
    set_client_access,
)
from portal.infra.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from uuid import UUID


Rows = dict[str, list["UUID"]]
Act = Callable[["Walk", UnitOfWork], object]


class Walk:
    """A row of random changes; what can't be done at a step is not done, as in real life."""

    def __init__(self, seed: int, people: list[UUID]) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - the same walk each time
        self.rows: Rows = {"user": people, "group": [], "role": [], "resource": [], "client": []}
        self.numbers = iter(range(10**6))

    def one(self, kind: str) -> UUID:
        if not self.rows[kind]:
            raise LookupError(kind)
        return self.chance.choice(self.rows[kind])

    def name(self, beginning: str) -> str:
        return f"{beginning}-{next(self.numbers)}"

    def some(self, kind: str) -> list[UUID]:
        known = self.rows[kind]
        return self.chance.sample(known, self.chance.randint(0, min(len(known), 3)))

    def end(self, uow: UnitOfWork) -> datetime | None:
        """None, soon (and so past before the walk is over), or far away."""
        days = self.chance.choice([None, 2, 2000])
        return uow.now + timedelta(days=days) if days else None


def _profile(walk: Walk, uow: UnitOfWork) -> object:
    wish = Profile(
        name=walk.name("Name"),
        username=walk.name("user"),
        nickname=walk.chance.choice([None, "Nick"]),
        zoneinfo=walk.chance.choice([None, "Europe/Amsterdam"]),
    )
    return edit_profile(uow, walk.one("user"), wish)


def _attributes(walk: Walk, uow: UnitOfWork) -> object:
    department = walk.chance.choice([{}, {"department": "north"}, {"department": "south", "level": 2}])
    return assignments.set_user_attributes(
        uow, walk.one("user"), SetUserAttributes.model_validate({"attributes": department})
    )


def _permissions(walk: Walk, uow: UnitOfWork) -> object:
    condition = {"equals": [{"ref": "subject.department"}, "north"]}
    wishes = tuple(
        PermissionWish(
            resource_id=resource,
            action=walk.chance.choice(["read", "update", "delete"]),
            conditions=walk.chance.choice([None, condition]),
        )
        for resource in walk.some("resource")
    )
    return permissions.set_permissions(uow, walk.one("role"), SetPermissions(permissions=wishes))


def _edit_client(walk: Walk, uow: UnitOfWork) -> object:
    uris = [f"https://{walk.name('app')}.example/cb" for _ in range(walk.chance.randint(1, 3))]
    wish = EditClient(
        client_name=walk.name("App"), redirect_uris=uris, require_consent=walk.chance.random() < 0.5
    )
    return edit_client(uow, walk.one("client"), wish)


def _access(walk: Walk, uow: UnitOfWork) -> object:
    audience = walk.chance.choice(["everyone", "roles", "roles"])
    wish = ClientAccess.model_validate(
        {"audience": audience, "role_ids": walk.some("role"), "group_ids": walk.some("group")}
    )
    return set_client_access(uow, walk.one("client"), wish)


def _create_client(walk: Walk, uow: UnitOfWork) -> None:
    wish = RegisterClient(
        client_name=walk.name("App"), kind="web", redirect_uris=["https://a.example/cb"], role_ids=walk.some("role")
    )  # fmt: skip
    walk.rows["client"].append(register_client(uow, wish).client.id)


def _edit_role(walk: Walk, uow: UnitOfWork) -> object:
    owner = walk.chance.choice([None, str(walk.one("user"))])
    wish = EditRole(name=walk.name("role"), description=walk.name("about"), owner=owner)
    return roles.edit_role(uow, walk.one("role"), wish)


ACTS: Final[list[Act]] = [
    _profile,
    _attributes,
    _permissions,
    _permissions,
    _edit_client,
    _access,
    _access,
    _create_client,
    _edit_role,
    lambda walk, uow: disable_user(uow, walk.one("user"), DisableUser(reason="Left")),
    lambda walk, uow: enable_user(uow, walk.one("user")),
    lambda walk, uow: disable_client(uow, walk.one("client")),
    lambda walk, uow: enable_client(uow, walk.one("client")),
    lambda walk, uow: walk.rows["role"].append(
        roles.create_role(uow, CreateRole(name=walk.name("role"), description="A role")).id
    ),
    lambda walk, uow: walk.rows["group"].append(
        groups.create_group(uow, CreateGroup(name=walk.name("group"))).id
    ),
    lambda walk, uow: walk.rows["resource"].append(
        resources.create_resource(uow, CreateResource(name=walk.name("wiki:page"), type="wiki")).id
    ),
    lambda walk, uow: groups.edit_group(
        uow, walk.one("group"), EditGroup(name=walk.name("group"), is_requestable=walk.chance.random() < 0.5)
    ),
    lambda walk, uow: resources.edit_resource(
        uow,
        walk.one("resource"),
        EditResource(name=walk.name("wiki:page"), type="wiki", metadata={"region": walk.name("r")}),
    ),
    *[
        lambda walk, uow: assignments.give_role(
            uow, walk.one("user"), GiveRole(role_id=walk.one("role"), expires_at=walk.end(uow))
        )
    ]
    * 3,
    lambda walk, uow: assignments.take_role(uow, walk.one("user"), walk.one("role")),
    *[
        lambda walk, uow: memberships.add_member(
            uow, walk.one("group"), AddMember(user_id=walk.one("user"), expires_at=walk.end(uow))
        )
    ]
    * 3,
    lambda walk, uow: memberships.remove_member(uow, walk.one("group"), walk.one("user")),
    lambda walk, uow: memberships.give_group_role(
        uow, walk.one("group"), GiveGroupRole(role_id=walk.one("role"), expires_at=walk.end(uow))
    ),
    lambda walk, uow: memberships.take_group_role(uow, walk.one("group"), walk.one("role")),
    lambda walk, uow: groups.add_group_administrator(
        uow, walk.one("group"), AddGroupAdministrator(user_id=walk.one("user"))
    ),
    lambda walk, uow: groups.remove_group_administrator(uow, walk.one("group"), walk.one("user")),
    lambda walk, uow: roles.delete_role(uow, walk.one("role")),
    lambda walk, uow: groups.delete_group(uow, walk.one("group")),
    lambda walk, uow: resources.delete_resource(uow, walk.one("resource")),
    lambda walk, uow: delete_client(uow, walk.one("client")),
]
