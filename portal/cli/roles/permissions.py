"""What a role permits: one thing more, one thing less."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli.exits import Exit, Stop
from portal.cli.naming import resource_named, role_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Yes, ask, done, show_list
from portal.cli.previews import effect_in_words
from portal.cli.roles.editing import RoleName, permissions_of

if TYPE_CHECKING:
    from uuid import UUID

    from portal.access.schemas import PermissionWish
    from portal.infra.unit_of_work import UnitOfWork

permissions = typer.Typer(no_args_is_help=True, help="What a role permits.")
Action = Annotated[str, typer.Argument(help="create, read, update, delete or admin.")]
ResourceName = Annotated[
    str,
    typer.Argument(metavar="RESOURCE", help="A room of the portal (user, role, …) or a resource of an app."),
]


@permissions.command(name="list")
def list_permissions(role: RoleName, *, as_json: AsJson = False) -> None:
    """Everything that a role permits.

    Example: portal roles permissions list editor --json
    """
    with opened_portal() as portal, portal.reading() as session:
        items = permissions_of(session, role_named(session, role))
    show_list(items, columns=("resource", "action", "conditions"), as_json=as_json)


@permissions.command()
def allow(
    role: RoleName,
    action: Action,
    resource: ResourceName,
    *,
    conditions: Annotated[
        str, typer.Option("--if", metavar="JSON", help="Only under these conditions; replaces those it had.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Let a role permit one thing more, always or under conditions.

    Example: portal roles permissions allow editor update wiki --if
    '{"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]}'
    """
    from portal.access.schemas import PermissionWish  # noqa: PLC0415 - a command loads what it needs

    condition = _document(conditions)
    with opened_portal() as portal, acting(portal) as uow:
        found, about = role_named(uow.session, role), resource_named(uow.session, resource)
        wish = PermissionWish(resource_id=about.id, action=action, conditions=condition)
        _set(uow, found.id, {**_wishes(uow, found.id), (about.id, action): wish})
        facts = {"role": found.name, "resource": about.name, "action": action, "conditions": condition}
    done(f"{found.name} permits to {action} {about.name}", facts, as_json=as_json)


@permissions.command()
def deny(
    role: RoleName, action: Action, resource: ResourceName, *, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Let a role permit one thing less; who loses what is said first. What other roles permit stays.

    Example: portal roles permissions deny editor update wiki --yes
    """
    with opened_portal() as portal:
        with portal.reading() as session:
            found, about = role_named(session, role), resource_named(session, resource)

        def change(uow: "UnitOfWork") -> None:
            wishes = _wishes(uow, found.id)
            if wishes.pop((about.id, action), None) is None:
                raise Stop(f"{found.name} does not permit to {action} {about.name}", Exit.NOT_FOUND)
            _set(uow, found.id, wishes)

        told = effect_in_words(portal, change)
        ask(f"{found.name} does not permit to {action} {about.name} any more.", *told, yes=yes)
        with acting(portal) as uow:
            change(uow)
    facts = {"role": found.name, "resource": about.name, "action": action, "permitted": False}
    done(f"{found.name} does not permit to {action} {about.name} any more", facts, as_json=as_json)


def _wishes(uow: "UnitOfWork", role_id: "UUID") -> "dict[tuple[UUID, str], PermissionWish]":
    """What it permits now, as a form of the page has it."""
    from portal.access.repository import Permissions  # noqa: PLC0415
    from portal.access.schemas import PermissionWish  # noqa: PLC0415

    return {
        (one.resource_id, one.action): PermissionWish(
            resource_id=one.resource_id, action=one.action, conditions=one.conditions
        )
        for one in Permissions(uow.session).of_role(role_id)
    }


def _set(uow: "UnitOfWork", role_id: "UUID", wishes: "dict[tuple[UUID, str], PermissionWish]") -> None:
    from portal.access.schemas import SetPermissions  # noqa: PLC0415
    from portal.access.usecases.permissions import set_permissions  # noqa: PLC0415

    set_permissions(uow, role_id, SetPermissions(permissions=tuple(wishes.values())))


def _document(text: str) -> dict[str, Any] | None:
    import orjson  # noqa: PLC0415

    if not text:
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Stop("--if: Enter a JSON object; docs/access.md says how conditions are written")
    return found
