"""Bringing back what a role or a resource was."""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository import Resources
from portal.access.schemas import (
    CreateResource,
    CreateRole,
    EditResource,
    EditRole,
    PermissionWish,
    SetPermissions,
)
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.resources import create_resource, edit_resource
from portal.access.usecases.roles import create_role, edit_role
from portal.accounts.repository import Users
from portal.admin.history.restoring.plan import Case, Plan, checked, id_of, start
from portal.infra.unit_of_work import UnitOfWork

_ROLE: Final = ("name", "description", "owner", "is_requestable")
_RESOURCE: Final = ("name", "type", "description", "metadata")


def plan_role(session: Session, case: Case) -> Plan:
    """Its name, what it is for, who answers for it, and what it permits; not who holds it."""
    plan, is_gone = start(case), case.present is None
    permits = _permissions(session, case, plan)
    wants_permissions = plan.goal.bonds["permissions"] != case.is_state.bonds.get("permissions", {})
    if case.differs(*_ROLE) or is_gone:
        plan.take_fields(case, *_ROLE)
        values = {name: case.then.fields.get(name) for name in _ROLE} | {"owner": _owner(session, case, plan)}
        if is_gone:
            new = checked(CreateRole, **values)
            plan.steps.append(lambda uow, _: _create_role(uow, new, permits))
        else:
            edited = checked(EditRole, **values)
            plan.steps.append(lambda uow, _: edit_role(uow, case.ref.id, edited))
    if wants_permissions and not is_gone:
        plan.steps.append(lambda uow, _: set_permissions(uow, case.ref.id, permits))
    if is_gone:
        plan.keep("It comes back as a new role: nobody holds it until somebody gives it.")
    elif case.moved("people") or case.moved("groups"):
        plan.keep("Who holds it stays: give and take it on the pages of the person or group.")
    return plan


def _permissions(session: Session, case: Case, plan: Plan) -> SetPermissions:
    """What it permitted, as far as the resources are still there."""
    known = {resource.name: resource.id for resource in Resources(session).all()}
    wishes, held = [], {}
    for key, facts in sorted(case.then.bonds.get("permissions", {}).items()):
        name, _, action = key.rpartition(":")
        if name not in known:
            plan.keep(f"“{key}” can't be permitted again: there is no resource of that name now.")
            continue
        held[key] = facts
        conditions = (facts or {}).get("conditions")
        wishes.append(PermissionWish(resource_id=known[name], action=action, conditions=conditions))
    plan.goal.bonds["permissions"] = held
    return checked(SetPermissions, permissions=tuple(wishes))


def _owner(session: Session, case: Case, plan: Plan) -> str | None:
    owner_id = id_of(case.then.fields.get("owner"))
    if owner_id is None:
        return None
    if Users(session).get(owner_id) is None:
        plan.keep("Who answered for it then is gone; nobody does afterwards.")
        plan.goal.fields["owner"] = None
        return None
    return str(owner_id)


def _create_role(uow: UnitOfWork, wish: CreateRole, permits: SetPermissions) -> UUID:
    role = create_role(uow, wish)
    set_permissions(uow, role.id, permits)
    return role.id


def plan_resource(_session: Session, case: Case) -> Plan:
    """Its name, type and description, and what conditions compare of it."""
    plan = start(case)
    values = {name: case.then.fields.get(name) for name in _RESOURCE}
    plan.take_fields(case, *_RESOURCE)
    if case.present is None:
        new = checked(CreateResource, **values)
        plan.steps.append(lambda uow, _: create_resource(uow, new).id)
        plan.keep("It comes back as a new resource: no role permits anything on it until somebody says so.")
    elif case.differs(*_RESOURCE):
        edited = checked(EditResource, **values)
        plan.steps.append(lambda uow, _: edit_resource(uow, case.ref.id, edited))
    return plan
