"""Whom a change concerns, read from what it published, and what of them has to be compared."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from uuid import UUID

from portal.access.events import (
    GroupAdministratorAdded,
    GroupAdministratorRemoved,
    GroupDeleted,
    GroupEdited,
    GroupRoleChanged,
    GroupRoleGiven,
    GroupRoleTaken,
    ResourceEdited,
    RoleCreated,
    RoleDeleted,
    RoleEdited,
    RolePermissionsChanged,
    UserAttributesSet,
)
from portal.access.repository.reach import Scope
from portal.access.rules.blast_radius import ALWAYS, AppRule, Grants, State, Unsettled, conditions_in
from portal.access.rules.names_in_conditions import GROUPS, ROLES, compares
from portal.infra.events import Event

Ids: TypeAlias = frozenset[UUID]

_OF_ROLES: Final = (RolePermissionsChanged, RoleDeleted)
_OF_GROUPS: Final = (GroupRoleGiven, GroupRoleChanged, GroupRoleTaken, GroupDeleted)
_OF_NOBODY: Final = (RoleCreated, RoleEdited, GroupAdministratorAdded, GroupAdministratorRemoved)


@dataclass(frozen=True)
class Concern:
    """Whom a change concerns and by what; `touched` are roles that are held otherwise or permit otherwise, None any."""

    scope: Scope = field(default_factory=Scope)
    touched: Ids | None = frozenset()
    unsettled: Unsettled = field(default_factory=Unsettled)
    gone: Ids = frozenset()
    """Roles and groups that the change deletes, and with them every way of holding something by them."""


def concern_of(
    events: Iterable[Event], before: State, after: State, *, roles_of_groups: Callable[[Ids], Ids]
) -> Concern:
    """Changes of roles concern all their holders, changes of groups all their members, others the people they name."""
    telling = [event for event in events if not isinstance(event, _OF_NOBODY)]
    of_roles = [event for event in telling if isinstance(event, _OF_ROLES)]
    of_groups = [event for event in telling if isinstance(event, _OF_GROUPS)]
    of_people = [
        event
        for event in telling
        if not isinstance(event, (*_OF_ROLES, *_OF_GROUPS)) and _refs([event], "user")
    ]
    resources = frozenset(
        event.touched[0].label
        for event in telling
        if isinstance(event, ResourceEdited) and "metadata" in (event.after or {})
    )
    conditional = _conditional_on(resources, after.permits)
    rules = _rules_that_move(before.apps, after.apps)
    renamed = _renamed(events, before, after)
    groups = _refs(telling, "group")
    knows_roles = all(_refs([event], "role") | _refs([event], "group") for event in of_people)
    touched = _refs(telling, "role") | conditional | (roles_of_groups(groups) if groups else frozenset())
    if before.names or after.names:
        touched |= _on_names(before, after)
    return Concern(
        Scope(
            people=_refs(of_people, "user"),
            role_ids=_refs([*of_roles, *renamed], "role")
            | conditional
            | {one for rule in rules for one in rule.role_ids},
            group_ids=_refs([*of_groups, *renamed], "group")
            | {one for rule in rules for one in rule.group_ids},
            is_everybody=any(rule.for_everyone for rule in rules),
        ),
        touched if knows_roles else None,
        Unsettled(
            people={
                one.hex
                for one in _refs(
                    [event for event in of_people if isinstance(event, UserAttributesSet)], "user"
                )
            },
            resources=resources,
        ),
        _refs([event for event in telling if isinstance(event, RoleDeleted)], "role")
        | _refs([event for event in telling if isinstance(event, GroupDeleted)], "group"),
    )


def relevant_roles(touched: Ids | None, before: State, after: State) -> Ids | None:
    """Roles that could make up for what moves: they speak of the same resources, or open an app. None is any."""
    if touched is None:
        return None
    grants = [*before.permits.items(), *after.permits.items()]
    resources = {resource for role_id, of_role in grants if role_id in touched for resource, _ in of_role}
    speaking = {
        role_id for role_id, of_role in grants if any(resource in resources for resource, _ in of_role)
    }
    opening = {one for state in (before, after) for rule in state.apps.values() for one in rule.role_ids}
    return touched | speaking | opening


def meant_in(state: State, other: State) -> tuple[Ids, Ids]:
    """Roles and groups that conditions speak of, on either side, and roles that permit something under such ones."""
    if not (state.names or other.names):
        return frozenset(), frozenset()
    roles, groups = _on_names(state, other), frozenset[UUID]()
    conditions = conditions_in(state.permits) | conditions_in(other.permits)
    for names in (state.names, other.names):
        some_roles, some_groups = names.meant_by(conditions)
        roles, groups = roles | some_roles, groups | some_groups
    return roles, groups


def _on_names(*states: State) -> Ids:
    """Roles that permit something under conditions which compare names of roles or groups."""
    return frozenset(
        role_id
        for state in states
        for role_id, grants in state.permits.items()
        if any(compares(text, ROLES, GROUPS) for some in grants.values() for text in some)
    )


def _renamed(events: Iterable[Event], before: State, after: State) -> Sequence[Event]:
    """Roles and groups of which conditions speak by the old name or by the new one."""
    roles, groups = meant_in(before, after)
    return [
        event
        for event in events
        if isinstance(event, (RoleEdited, GroupEdited))
        and "name" in (event.after or {})
        and event.touched[0].id in roles | groups
    ]


def _refs(events: Iterable[Event], kind: str) -> Ids:
    return frozenset(ref.id for event in events for ref in event.touched if ref.type == kind)


def _conditional_on(resources: frozenset[str], permits: Mapping[UUID, Grants]) -> Ids:
    """Roles whose permissions on the resources hang on conditions."""
    return frozenset(
        role_id
        for role_id, grants in permits.items()
        for (resource, _), conditions in grants.items()
        if resource in resources and ALWAYS not in conditions
    )


def _rules_that_move(before: Mapping[UUID, AppRule], after: Mapping[UUID, AppRule]) -> list[AppRule]:
    """For each app on both sides whose rule differs, what it names on one side only."""
    return [
        AppRule(
            new.name,
            for_everyone=before[app_id].for_everyone != new.for_everyone,
            role_ids=before[app_id].role_ids ^ new.role_ids,
            group_ids=before[app_id].group_ids ^ new.group_ids,
        )
        for app_id, new in after.items()
        if app_id in before and before[app_id] != new
    ]
