"""`portal resources ...`: what permissions speak about, from the host."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli.exits import Stop
from portal.cli.naming import place_of, resource_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Cursor, Limit, Reason, Yes, ask, done, show, show_list
from portal.cli.pairs import documents
from portal.cli.previews import NOBODY, effect_in_words

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access.repository.resources import Resource

ABOUT = "Resources: what permissions speak about, and what conditions may compare of it."

resources = typer.Typer(no_args_is_help=True, help=ABOUT)

Named = Annotated[str, typer.Argument(metavar="RESOURCE", help="Its name or id.")]
Kind = Annotated[str, typer.Option("--type", help="What kind of thing it is.")]
Description = Annotated[str | None, typer.Option(help="What it is for.")]
Attributes = Annotated[
    list[str],
    typer.Option("--set", metavar="NAME=VALUE", help="What conditions may compare: a text, or JSON."),
]


@resources.callback()
def about() -> None:
    """Resources: what permissions speak about, and what conditions may compare of it."""


@resources.command(name="list")
def list_resources(
    *,
    text: Annotated[str, typer.Option("--text", "-q", help="Part of the name or description.")] = "",
    kind: Annotated[
        str, typer.Option("--type", help="Of this type only; portal for the portal's own rooms.")
    ] = "",
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """Every resource, A to Z.

    Example: portal resources list --type service --json
    """
    from portal.access.repository import Resources  # noqa: PLC0415 - a command loads what it needs

    before = place_of(cursor)
    with opened_portal() as portal, portal.reading() as session:
        found = Resources(session).page(search=text, type_=kind or None, before=before, size=limit)
        items = [_facts(one) for one in found.items]
    columns = ("name", "type", "description", "is_system", "id")
    show_list(items, columns=columns, as_json=as_json, following=found.older)


@resources.command(name="show")
def show_resource(resource: Named, *, as_json: AsJson = False) -> None:
    """One resource, and what which roles permit on it.

    Example: portal resources show wiki --json
    """
    with opened_portal() as portal, portal.reading() as session:
        found = resource_named(session, resource)
        facts = _facts(found) | {"permitted": _permitted(session, found)}
    show(facts, as_json=as_json)


@resources.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is called, here and in apps.")],
    kind: Kind,
    *,
    description: Description = None,
    change: Attributes = [],  # noqa: B006 - Typer copies it
    as_json: AsJson = False,
) -> None:
    """Make something that roles can permit something on.

    Example: portal resources create wiki --type service --set department=press --set level=3
    """
    from portal.access.schemas import CreateResource  # noqa: PLC0415
    from portal.access.usecases.resources import create_resource  # noqa: PLC0415

    wish = CreateResource(name=name, type=kind, description=description or "", metadata=documents(change))
    with opened_portal() as portal, acting(portal) as uow:
        facts = _facts(create_resource(uow, wish))
    done(f"There is a resource {wish.name}", facts, as_json=as_json)


@resources.command()
def edit(
    resource: Named,
    *,
    name: Annotated[str | None, typer.Option(help="Another name; permissions move along.")] = None,
    kind: Annotated[str | None, typer.Option("--type", help="Another type.")] = None,
    description: Description = None,
    change: Attributes = [],  # noqa: B006
    unset: Annotated[list[str], typer.Option(metavar="NAME", help="Not compared any more.")] = [],  # noqa: B006
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Change what is named; the rest stays. Who can do more or less by it is said first, if anybody.

    Example: portal resources edit wiki --set level=4 --unset department --yes
    """
    from portal.access.schemas import EditResource  # noqa: PLC0415
    from portal.access.usecases.resources import edit_resource  # noqa: PLC0415

    given = {"name": name, "type": kind, "description": description}
    changed = {field: value for field, value in given.items() if value is not None}
    if not (changed or change or unset):
        raise Stop("say what is to change; see --help")
    with opened_portal() as portal:
        with portal.reading() as session:
            found = resource_named(session, resource)
            kept = {key: value for key, value in found.metadata_.items() if key not in unset}
            members = found.describe() | changed | {"metadata": kept | documents(change)}
            wish = EditResource.model_validate(members)
        told = effect_in_words(portal, lambda uow: edit_resource(uow, found.id, wish))
        if told != [NOBODY]:
            ask(f"The resource {found.name} is changed.", *told, yes=yes)
        with acting(portal) as uow:
            facts = _facts(edit_resource(uow, found.id, wish))
    done(f"Saved the resource {wish.name}", facts, as_json=as_json)


@resources.command()
def delete(resource: Named, *, reason: Reason = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete a resource, and every permission on it. Who loses what is said first.

    Example: portal resources delete wiki --reason "switched off" --yes
    """
    from portal.access.usecases.resources import delete_resource  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            found = resource_named(session, resource)
        told = effect_in_words(portal, lambda uow: delete_resource(uow, found.id, reason=reason or None))
        ask(f"The resource {found.name} is deleted, and every permission on it.", *told, yes=yes)
        with acting(portal) as uow:
            delete_resource(uow, found.id, reason=reason or None)
    done(f"The resource {found.name} is deleted", {"id": found.id, "deleted": True}, as_json=as_json)


def _facts(resource: "Resource") -> dict[str, Any]:
    return {"id": resource.id, **resource.describe(), "is_system": resource.is_system}


def _permitted(session: "Session", resource: "Resource") -> list[dict[str, Any]]:
    from portal.access.repository import Permissions, Roles  # noqa: PLC0415

    roles = Roles(session).permitting(resource.id)
    permitted = Permissions(session).of_roles([role.id for role in roles])
    return [
        {"role": role.name, "action": one.action, "conditions": one.conditions}
        for role in roles
        for one in permitted.get(role.id, ())
        if one.resource_id == resource.id
    ]
