"""What roles permit: all of one, one more or less, and all there is as a flat list."""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from portal.access.errors import NotHeld
from portal.access.repository import Permissions
from portal.access.repository.permissions import PermissionOfRole
from portal.access.schemas import PermissionWish, SetPermissions
from portal.access.schemas.fields import Action
from portal.access.usecases.permissions import set_permissions
from portal.api.calls import Call
from portal.api.inputs import checked
from portal.api.shapes import Listing, ListQuery, OneQuery, Rehearsal, View, Wish
from portal.api.v1.parts import NamedView, places
from portal.api.v1.roles.room import PATH, GrantView, grants, locked, role_of, roles
from portal.infra.errors import FieldProblem, Invalid

_ALL: Final = f"{PATH}/permissions"
_ONE: Final = f"{_ALL}/<uuid:resource_id>/<string:action>"


class GrantsView(View):
    """Everything that a role permits."""

    permissions: list[GrantView]


class PermissionView(View):
    """A permission, with the role that has it."""

    id: UUID
    role: NamedView
    resource: NamedView
    action: str
    conditions: dict[str, Any] | None

    @classmethod
    def of(cls, one: PermissionOfRole) -> "PermissionView":
        return cls(
            id=one.id,
            role=NamedView(id=one.role.id, name=one.role.name),
            resource=NamedView(id=one.resource.id, name=one.resource.name),
            action=one.row.action,
            conditions=one.row.conditions,
        )


class PermissionQuery(ListQuery):
    """Which permissions are wanted."""

    role_id: UUID | None = None
    resource: Annotated[str | None, Field(max_length=100, description="The name of a resource.")] = None
    action: Action | None = None
    is_conditional: Annotated[bool | None, Field(description="Whether it permits under conditions only.")] = (
        None
    )


class Allow(Wish):
    """Under which conditions."""

    conditions: Annotated[
        dict[str, Any] | None,
        Field(
            description="A document as `/access/conditions.schema.json` describes it; null permits always.",
            examples=[{"attribute": "context.weekday", "operator": "in", "value": ["mon", "tue"]}],
        ),
    ] = None


@roles.get(
    "/permissions", scope="roles:read", permission=("read", "permission"), query=PermissionQuery,
    returns=PermissionView, is_list=True,
)  # fmt: skip
def list_permissions(call: Call[PermissionQuery, None]) -> Listing[PermissionView]:
    """Every permission of every role, the latest first."""
    asked = call.query
    found = Permissions(call.session).page(
        role_id=asked.role_id,
        resource=asked.resource,
        action=asked.action,
        is_conditional=asked.is_conditional,
        size=asked.limit,
        **places(call.turn),
    )
    items = [PermissionView.of(one) for one in found.items]
    return Listing(items=items, older=found.older, newer=found.newer)


@roles.get(_ALL, scope="roles:read", permission=("read", "role"), returns=GrantsView)
def show_role_permissions(call: Call[OneQuery, None], role_id: UUID) -> GrantsView:
    """Everything that a role permits, by resource."""
    role_of(call, role_id)
    return _grants(call, role_id)


@roles.put(
    _ALL, scope="roles:write", permission=("update", "role"), query=Rehearsal, body=SetPermissions,
    returns=GrantsView,
)  # fmt: skip
def set_role_permissions(call: Call[Rehearsal, SetPermissions], role_id: UUID) -> GrantsView:
    """Say everything that a role is to permit.

    What is not in it, the role does not permit any more. Nobody gives or takes more than they may do themselves: 403
    with `too_much_to_give`. System roles keep what the portal needs of them: 409.
    """
    locked(call, role_id)
    call.check_unchanged(_grants(call, role_id))
    set_permissions(call.uow, role_id, call.body)
    return _grants(call, role_id)


@roles.put(
    _ONE, scope="roles:write", permission=("update", "role"), query=Rehearsal, body=Allow, returns=GrantView
)
def allow_role_permission(
    call: Call[Rehearsal, Allow], role_id: UUID, resource_id: UUID, action: str
) -> GrantView:
    """Let a role permit something, always or under conditions. The rest of what it permits stays."""
    locked(call, role_id)
    call.check_unchanged(_one(call, role_id, resource_id, action))
    sent = {"resource_id": resource_id, "action": action, "conditions": call.body.conditions}
    _set(call, role_id, (checked(PermissionWish, sent), *_others(call, role_id, resource_id, action)))
    return _there(call, role_id, resource_id, action)


@roles.delete(_ONE, scope="roles:write", permission=("update", "role"), query=Rehearsal)
def deny_role_permission(call: Call[Rehearsal, Any], role_id: UUID, resource_id: UUID, action: str) -> None:
    """Let a role not permit something any more. The rest of what it permits stays."""
    locked(call, role_id)
    call.check_unchanged(_there(call, role_id, resource_id, action))
    _set(call, role_id, _others(call, role_id, resource_id, action))


def _set(call: Call[Any, Any], role_id: UUID, wishes: tuple[PermissionWish, ...]) -> None:
    """As the role's whole list, since that is what the rules look at; a problem is told as one of what was sent."""
    try:
        set_permissions(call.uow, role_id, checked(SetPermissions, {"permissions": wishes}))
    except Invalid as problem:
        sent = tuple(
            FieldProblem(one.field.removeprefix("permissions/0/"), one.code, one.message)
            for one in problem.fields
        )
        raise Invalid(problem.message, code=problem.code, fields=sent) from problem


def _others(
    call: Call[Any, Any], role_id: UUID, resource_id: UUID, action: str
) -> tuple[PermissionWish, ...]:
    return tuple(
        PermissionWish(resource_id=one.resource_id, action=one.action, conditions=one.conditions)
        for one in Permissions(call.session).of_role(role_id)
        if (one.resource_id, one.action) != (resource_id, action)
    )


def _grants(call: Call[Any, Any], role_id: UUID) -> GrantsView:
    return GrantsView(permissions=grants(Permissions(call.session).of_role(role_id)))


def _one(call: Call[Any, Any], role_id: UUID, resource_id: UUID, action: str) -> GrantView | None:
    found = _grants(call, role_id).permissions
    return next((one for one in found if (one.resource_id, one.action) == (resource_id, action)), None)


def _there(call: Call[Any, Any], role_id: UUID, resource_id: UUID, action: str) -> GrantView:
    found = _one(call, role_id, resource_id, action)
    if found is None:
        raise NotHeld("The role does not permit this.")
    return found
