"""Small random worlds of roles, groups and permissions, and who may do what in them by a slow and obvious reckoning."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from portal.access.rules.conditions import Context, Json
from portal.access.rules.decisions import (
    Compiled,
    Decision,
    Grant,
    Membership,
    Question,
    Subject,
    Way,
    decide,
)

NOW: Final = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
ACTIONS: Final = ("create", "read", "update", "delete", "admin")
RESOURCES: Final = ("user", "ledger", "loom")
DEPARTMENTS: Final = ("finance", "sales")


def chance_of(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - worlds need no secrets


# ------------------------------------------------------------------------------ a world, as its tables would have it

Ends = datetime | None


@dataclass
class World:
    """Tables of who is in what, who gets what, and what it permits."""

    given: list[tuple[str, Ends]] = field(default_factory=list)  # role, until
    member: list[tuple[str, Ends]] = field(default_factory=list)  # group, until
    group_roles: list[tuple[str, str, Ends]] = field(default_factory=list)  # group, role, until
    permissions: list[tuple[str, str, str, dict[str, Json] | None]] = field(default_factory=list)
    department: str | None = None
    owners: dict[str, str] = field(default_factory=dict)  # resource, department that owns it
    ip: str | None = None
    is_active: bool = True


def random_world(chance: Random, *, with_not: bool = True) -> World:
    def ends() -> Ends:
        return None if chance.random() < 0.5 else NOW + timedelta(hours=chance.randint(-48, 200))

    roles, groups = [f"role{n}" for n in range(4)], [f"group{n}" for n in range(3)]
    return World(
        given=[(role, ends()) for role in roles if chance.random() < 0.4],
        member=[(group, ends()) for group in groups if chance.random() < 0.5],
        group_roles=[(group, role, ends()) for group in groups for role in roles if chance.random() < 0.3],
        permissions=[
            (role, resource, chance.choice(ACTIONS), condition)
            for role in roles
            for resource in RESOURCES
            if chance.random() < 0.5
            for condition in [
                None if chance.random() < 0.4 else random_condition(chance, 3, with_not=with_not)
            ]
        ],
        department=chance.choice((None, *DEPARTMENTS)),
        owners={resource: chance.choice(DEPARTMENTS) for resource in RESOURCES if chance.random() < 0.7},
        ip=chance.choice((None, "10.0.0.7", "192.0.2.1")),
        is_active=chance.random() < 0.95,
    )


def random_condition(chance: Random, depth: int, *, with_not: bool) -> dict[str, Json]:
    kinds = ["leaf", "leaf", "all", "any"] + (["not"] if with_not else [])
    kind = chance.choice(kinds) if depth > 1 else "leaf"
    if kind == "not":
        return {"not": random_condition(chance, depth - 1, with_not=with_not)}
    if kind != "leaf":
        parts = [random_condition(chance, depth - 1, with_not=with_not) for _ in range(chance.randint(1, 3))]
        return {kind: list[Json](parts)}
    attribute, operator, value = chance.choice(LEAVES)
    return {"attribute": attribute, "operator": operator, "value": value}


LEAVES: Final[list[tuple[str, str, Json]]] = [
    ("subject.department", "equals", "finance"),
    ("subject.department", "in", ["finance", "sales"]),
    ("subject.roles", "contains", "role1"),
    ("subject.groups", "contains", "group2"),
    ("subject.department", "exists", True),
    ("resource.owner", "equals", {"ref": "subject.department"}),
    ("context.ip", "ip_in", ["10.0.0.0/8"]),
    ("context.weekday", "in", ["monday", "friday"]),
    ("context.time", "between", ["08:00", "17:00"]),
    ("context.time", "between", ["22:00", "06:00"]),
    ("context.now", "less", "2026-11-25T12:00:00Z"),
    ("context.date", "greater", "2026-11-24"),
]

# --------------------------------------------------------------------------------------- the slow and obvious answer


def obvious(world: World, action: str, resource: str, at: datetime) -> bool:
    """Every table gone through row by row, nothing kept, nothing skipped."""
    roles = roles_of(world, at)
    answers = []
    for role, on, permitted, condition in world.permissions:
        if role in roles and on == resource and permitted in {action, "admin"}:
            answers.append(condition is None or obvious_condition(condition, world, resource, at) is True)
    return world.is_active and any(answers)


def roles_of(world: World, at: datetime) -> set[str]:
    roles = {role for role, until in world.given if until is None or until > at}
    for group, until in world.member:
        for giver, role, given_until in world.group_roles:
            runs = (until is None or until > at) and (given_until is None or given_until > at)
            if giver == group and runs:
                roles.add(role)
    return roles


def obvious_condition(node: Json, world: World, resource: str, at: datetime) -> bool | None:
    assert isinstance(node, dict)
    if "not" in node:
        return {True: False, False: True, None: None}[obvious_condition(node["not"], world, resource, at)]
    for combiner in ("all", "any"):
        if combiner in node:
            parts = node[combiner]
            assert isinstance(parts, list)
            answers = [obvious_condition(part, world, resource, at) for part in parts]
            order = [False, None, True] if combiner == "all" else [True, None, False]
            return next(answer for answer in order if answer in answers)
    return obvious_leaf(node, world, resource, at)


def obvious_leaf(node: dict[str, Json], world: World, resource: str, at: datetime) -> bool | None:  # noqa: C901, PLR0911 - a table
    match node["attribute"], node["operator"], node["value"]:
        case "subject.department", "exists", True:
            return world.department is not None
        case "subject.department", "equals", value:
            return None if world.department is None else world.department == value
        case "subject.department", "in", list(values):
            return None if world.department is None else world.department in values
        case "subject.roles", "contains", value:
            return value in roles_of(world, at)
        case "subject.groups", "contains", value:
            return value in {group for group, until in world.member if until is None or until > at}
        case "resource.owner", "equals", _:
            owner = world.owners.get(resource)
            return None if owner is None or world.department is None else owner == world.department
        case "context.ip", "ip_in", _:
            return None if world.ip is None else world.ip.startswith("10.")
        case "context.weekday", "in", list(days):
            return at.strftime("%A").lower() in days
        case "context.time", "between", ["08:00", "17:00"]:
            return 8 <= at.hour < 17
        case "context.time", "between", ["22:00", "06:00"]:
            return at.hour >= 22 or at.hour < 6
        case "context.now", "less", _:
            return at < datetime(2026, 11, 25, 12, tzinfo=UTC)
        case "context.date", "greater", _:
            return at >= datetime(2026, 11, 25, tzinfo=UTC)
    raise AssertionError(node)


# ---------------------------------------------------------------------------------------------- the same, compiled


def compiled(world: World) -> Compiled:
    """As the portal puts it together, ended ways included."""
    direct = [Way(role_id=role, role=role, ends_at=until) for role, until in world.given]
    through = [
        Way(role_id=role, role=role, group_id=group, group=group, ends_at=earlier(until, given_until))
        for group, until in world.member
        for giver, role, given_until in world.group_roles
        if giver == group
    ]
    return Compiled.of(
        ways=(*direct, *through),
        grants=tuple(
            Grant(role_id=role, resource=resource, action=action, conditions=condition)
            for role, resource, action, condition in world.permissions
        ),
        memberships=tuple(Membership(group=group, ends_at=until) for group, until in world.member),
        resources={resource: {"type": "thing", "owner": owner} for resource, owner in world.owners.items()},
    )


def earlier(one: Ends, other: Ends) -> Ends:
    return min((end for end in (one, other) if end is not None), default=None)


def ask(world: World, action: str, resource: str, at: datetime = NOW) -> Question:
    attributes: dict[str, Json] = {"department": world.department} if world.department else {}
    return Question(
        subject=Subject(id="u1", label="maya", is_active=world.is_active, attributes=attributes),
        action=action,
        resource=resource,
        context=Context(now=at, ip=world.ip),
        resource_id="r1",
    )


def answer(world: World, action: str = "read", resource: str = "ledger", at: datetime = NOW) -> Decision:
    return decide(ask(world, action, resource, at), compiled(world))


def may(world: World, action: str, resource: str) -> bool:
    question = ask(world, action, resource)
    return compiled(world).permits(question.subject.attributes, action, resource, question.context)
