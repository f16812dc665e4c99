"""Groups, roles and resources of the demo, with what people get and lose over its month."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from portal.access.repository import Group, Resources, Role, Roles
from portal.access.schemas import (
    AddGroupAdministrator,
    AddMember,
    CreateGroup,
    CreateResource,
    CreateRole,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
    SetUserAttributes,
)
from portal.access.usecases.assignments import give_role, set_user_attributes
from portal.access.usecases.groups import add_group_administrator, create_group
from portal.access.usecases.memberships import add_member, give_group_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.resources import create_resource
from portal.access.usecases.roles import create_role
from portal.accounts.services import User
from portal.infra.unit_of_work import UnitOfWork

Permitted = dict[str, tuple[str, ...]]

RESOURCES: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    (
        "deployments",
        "service",
        "What runs where, and who may change it",
        {"tier": "production", "region": "europe"},
    ),
    ("sandbox", "service", "A place to try things", {"tier": "test", "region": "europe"}),
    ("ledger", "book", "The books of the running year", {"region": "europe", "closed": False}),
    ("invoices", "book", "What we ask of our customers", {"region": "europe"}),
    ("tickets", "desk", "What customers ask of us", {"sla_hours": 8}),
)
ROLES: Final[dict[str, tuple[str, bool, Permitted]]] = {
    "developer": ("Builds, and tries it in the sandbox.", False, {"sandbox": ("admin",), "deployments": ("read",)}),
    "release manager": (
        "Brings new versions to customers.", True, {"deployments": ("create", "update", "delete")},
    ),
    "bookkeeper": (
        "Keeps the books.", False, {"ledger": ("read", "update"), "invoices": ("create", "read", "update")},
    ),
    "controller": ("Closes the year.", True, {"ledger": ("admin",)}),
    "helpdesk": (
        "Helps people back into their accounts.", False,
        {"user": ("read", "update"), "session": ("read", "delete"), "tickets": ("admin",)},
    ),
}  # fmt: skip
"""Description, whether people may ask for it, and what it permits."""
GROUPS: Final = (
    ("Engineering", "Builds and runs what we sell", "developer"),
    ("Finance", "Counts what comes of it", "bookkeeper"),
    ("Support", "Answers whoever asks", "helpdesk"),
    ("Book club", "First Thursday of the month", None),
)
CONDITIONS: Final[dict[str, dict[str, Any]]] = {
    "deployments:update": {
        "all": [
            {
                "attribute": "context.weekday",
                "operator": "in",
                "value": ["monday", "tuesday", "wednesday", "thursday"],
            },
            {"attribute": "subject.level", "operator": "greater", "value": 2},
        ]
    },
    "invoices:update": {
        "any": [
            {"attribute": "subject.region", "operator": "equals", "value": {"ref": "resource.region"}},
            {"attribute": "context.ip", "operator": "ip_in", "value": ["192.0.2.0/24"]},
        ]
    },
}
"""What hangs on more than the role. Who has two levels may not deploy, and nobody does so before a weekend."""


@dataclass(frozen=True)
class Access:
    """What there is to be given, by name."""

    roles: dict[str, Role]
    groups: dict[str, Group]


def furnish_access(uow: UnitOfWork, owner: User) -> Access:
    """Resources, roles that permit something on them, and groups that give these roles."""
    for name, kind, about, metadata in RESOURCES:
        create_resource(uow, CreateResource(name=name, type=kind, description=about, metadata=metadata))
    roles = {name: _role(uow, owner, name) for name in ROLES}
    groups = {}
    for name, description, role in GROUPS:
        wish = CreateGroup(name=name, description=description, is_requestable=role is None)
        groups[name] = create_group(uow, wish)
        if role is not None:
            give_group_role(
                uow, groups[name].id, GiveGroupRole(role_id=roles[role].id, reason="what the team does")
            )
    return Access(roles, groups)


def welcome(uow: UnitOfWork, access: Access, person: User, *, number: int, chance: random.Random) -> None:
    """A newcomer joins a team; some only for a while, some with more than the team's role."""
    team = ("Engineering", "Engineering", "Finance", "Support")[number % 4]
    visit = chance.randint(8, 60) if number % 5 == 0 else None
    add_member(uow, access.groups[team].id, _member(person, uow.now, visit))
    if number % 6 == 0:
        add_member(uow, access.groups["Book club"].id, _member(person, uow.now, None))
    if number in {2, 3, 7}:
        add_group_administrator(
            uow, access.groups[team].id, AddGroupAdministrator(user_id=person.id, reason="leads the team")
        )
    noted = {
        "department": team.lower(),
        "level": 1 + number % 4,
        "region": chance.choice(("europe", "americas")),
    }
    set_user_attributes(uow, person.id, SetUserAttributes(attributes=noted))
    extra = {
        1: "release manager",
        6: "controller",
        9: "release manager",
        10: "controller",
        13: "release manager",
    }
    if number in extra:
        wish = GiveRole(
            role_id=access.roles[extra[number]].id,
            expires_at=uow.now + timedelta(days=chance.randint(10, 45)),
            reason="while a colleague is away",
        )
        give_role(uow, person.id, wish)


def appoint_auditor(uow: UnitOfWork, person: User) -> None:
    """Somebody from outside looks at everything for two weeks."""
    auditor = Roles(uow.session).by_name("auditor")
    if auditor is not None:
        end = uow.now + timedelta(days=14)
        give_role(uow, person.id, GiveRole(role_id=auditor.id, expires_at=end, reason="yearly audit"))


def _role(uow: UnitOfWork, owner: User, name: str) -> Role:
    description, is_requestable, permitted = ROLES[name]
    role = create_role(
        uow,
        CreateRole(name=name, description=description, owner=owner.username, is_requestable=is_requestable),
    )
    resources = Resources(uow.session)
    wishes = tuple(
        PermissionWish(resource_id=found.id, action=action, conditions=CONDITIONS.get(f"{resource}:{action}"))
        for resource, actions in permitted.items()
        for action in actions
        if (found := resources.by_name(resource))
    )
    return set_permissions(uow, role.id, SetPermissions(permissions=wishes))


def _member(person: User, at: datetime, days: int | None) -> AddMember:
    return AddMember(
        user_id=person.id,
        expires_at=at + timedelta(days=days) if days else None,
        reason="here for a project" if days else None,
    )
