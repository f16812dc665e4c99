"""What a role permits: all of it at once, as the matrix of a form has it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.access.errors import PartOfThePortal
from portal.access.events import RolePermissionsChanged
from portal.access.models import Permission, Resource, Role
from portal.access.repository import Permissions, Permitted
from portal.access.rules import ACCESS
from portal.access.rules.conditions import problems_of
from portal.access.schemas import PermissionWish, SetPermissions
from portal.access.services.facts import ensure_unchanged, permission_changes, permission_facts
from portal.access.services.powers import ensure_may_hand_out
from portal.access.services.roles import BUILT_IN_ROLES
from portal.access.usecases.roles import get_role
from portal.infra.errors import FieldProblem, Invalid
from portal.infra.unit_of_work import UnitOfWork

Key = tuple[UUID, str]
Conditions = dict[str, Any] | None


def set_permissions(
    uow: UnitOfWork, role_id: UUID, form: SetPermissions, *, if_unchanged: str | None = None
) -> Role:
    """From the next request of its holders on the role permits exactly this. `if_unchanged` is what
    `permissions_version` said when the form was shown.

    Raises:
        RoleNotFound, ChangedMeanwhile
        Invalid: with the place of each problem, like `permissions/3/conditions/all/0/value`.
        PartOfThePortal: a system role would lose what the portal needs of it.
        TooMuchToGive: more, or less, than whoever acts may do themselves.
    """
    uow.lock(ACCESS)
    role = get_role(uow, role_id)
    held = Permissions(uow.session).of_role(role_id)
    before = permission_facts(held)
    ensure_unchanged("role", before, if_unchanged)
    resources = _resources(uow, form.permissions)
    problems = tuple(_problems(form.permissions, resources))
    if problems:
        raise Invalid(
            "Some permissions can't be saved as they are.", code="permissions_invalid", fields=problems
        )
    wanted = [
        Permitted(wish.resource_id, resources[wish.resource_id], wish.action, wish.conditions)
        for wish in form.permissions
    ]
    after = permission_facts(wanted)
    _keep_system_role(role, after)
    changed_from, changed_to = permission_changes(before, after)
    if not changed_to["permissions"]:
        return role
    changed = [one for one in (*held, *wanted) if one.key in changed_to["permissions"]]
    ensure_may_hand_out(uow, changed, what="What you changed")
    _write(uow, role_id, {(one.resource_id, one.action): one.conditions for one in wanted})
    uow.publish(RolePermissionsChanged(touched=(role.ref,), before=changed_from, after=changed_to))
    return role


def _resources(uow: UnitOfWork, wishes: Sequence[PermissionWish]) -> Mapping[UUID, str]:
    ids = {wish.resource_id for wish in wishes}
    found = uow.session.execute(select(Resource.id, Resource.name).where(Resource.id.in_(ids)))
    return {resource_id: name for resource_id, name in found}  # noqa: C416 - rows are no pairs to the type checker


def _problems(wishes: Sequence[PermissionWish], resources: Mapping[UUID, str]) -> Iterator[FieldProblem]:
    seen: set[Key] = set()
    for number, wish in enumerate(wishes):
        place = f"permissions/{number}"
        if wish.resource_id not in resources:
            yield FieldProblem(
                f"{place}/resource_id", "resource_unknown", "This resource is gone. Choose another one"
            )
        if (wish.resource_id, wish.action) in seen:
            yield FieldProblem(
                f"{place}/action", "twice", "This permission stands here twice. Leave one of them out"
            )
        seen.add((wish.resource_id, wish.action))
        if wish.conditions is not None:
            for problem in problems_of(wish.conditions):
                yield FieldProblem(f"{place}/conditions{problem.pointer}", problem.code, problem.message)


def _keep_system_role(role: Role, permitted: Mapping[str, Conditions]) -> None:
    """A system role may permit more than it came with, never less, and never only under conditions.

    Raises:
        PartOfThePortal
    """
    if not role.is_system:
        return
    _, needed = BUILT_IN_ROLES.get(role.name, ("", []))
    keys = [f"{resource}:{action}" for resource, action in needed]
    missing = [key for key in keys if key not in permitted or permitted[key] is not None]
    if missing:
        raise PartOfThePortal(
            f"The role “{role.name}” is part of the portal and keeps {missing[0]} without conditions. You can add "
            "to what it permits.",
            field="permissions",
        )


def _write(uow: UnitOfWork, role_id: UUID, wanted: Mapping[Key, Conditions]) -> None:
    there = {(row.resource_id, row.action): row for row in Permissions(uow.session).rows_of(role_id)}
    for key, row in there.items():
        if key not in wanted:
            uow.session.delete(row)
        elif row.conditions != wanted[key]:
            row.conditions = wanted[key]
    uow.session.add_all(
        Permission(role_id=role_id, resource_id=resource_id, action=action, conditions=conditions)
        for (resource_id, action), conditions in wanted.items()
        if (resource_id, action) not in there
    )
    uow.session.flush()
