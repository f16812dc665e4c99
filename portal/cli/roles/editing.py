"""Roles themselves: listed, made, changed, deleted; and who holds one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli.exits import Stop
from portal.cli.naming import place_of, role_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Cursor, Limit, Reason, Yes, ask, done, show, show_list
from portal.cli.previews import effect_in_words
from portal.cli.roles.program import roles

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access.repository import Role

RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="Its name or id.")]
Description = Annotated[str | None, typer.Option(help="What it is for.")]
Owner = Annotated[
    str | None,
    typer.Option(help="Who answers for it: a username, an address or an id; empty for nobody."),
]
Requestable = Annotated[
    bool | None, typer.Option("--requestable/--not-requestable", help="Whether people may ask for it.")
]


def facts_of(role: "Role") -> dict[str, Any]:
    """What commands say of a role."""
    return {"id": role.id, **role.describe(), "is_system": role.is_system}


def permissions_of(session: "Session", role: "Role") -> list[dict[str, Any]]:
    """What it permits, one by one."""
    from portal.access.repository import Permissions  # noqa: PLC0415 - a command loads what it needs

    return [
        {"resource": one.resource, "action": one.action, "conditions": one.conditions}
        for one in Permissions(session).of_role(role.id)
    ]


@roles.command(name="list")
def list_roles(
    *,
    text: Annotated[str, typer.Option("--text", "-q", help="Part of the name or description.")] = "",
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """Every role, A to Z.

    Example: portal roles list --json
    """
    from portal.access.repository import Roles  # noqa: PLC0415

    before = place_of(cursor)
    with opened_portal() as portal, portal.reading() as session:
        found = Roles(session).page(search=text, before=before, size=limit)
        items = [facts_of(role) for role in found.items]
    columns = ("name", "description", "is_system", "is_requestable")
    show_list(items, columns=columns, as_json=as_json, following=found.older)


@roles.command(name="show")
def show_role(role: RoleName, *, as_json: AsJson = False) -> None:
    """One role, with what it permits.

    Example: portal roles show administrator --json
    """
    with opened_portal() as portal, portal.reading() as session:
        found = role_named(session, role)
        facts = facts_of(found) | {"permissions": permissions_of(session, found)}
    show(facts, as_json=as_json)


@roles.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is called, here and in apps.")],
    *,
    description: Description = None,
    owner: Owner = None,
    requestable: Requestable = None,
    as_json: AsJson = False,
) -> None:
    """Make a role that permits nothing yet, and that nobody holds.

    Example: portal roles create editor --description "Writes pages" --owner maya
    """
    from portal.access.schemas import CreateRole  # noqa: PLC0415
    from portal.access.usecases.roles import create_role  # noqa: PLC0415

    wish = CreateRole(
        name=name, description=description or "", owner=owner or None, is_requestable=bool(requestable)
    )
    with opened_portal() as portal, acting(portal) as uow:
        facts = facts_of(create_role(uow, wish))
    done(f"There is a role {wish.name}", facts, as_json=as_json)


@roles.command()
def edit(
    role: RoleName,
    *,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    description: Description = None,
    owner: Owner = None,
    requestable: Requestable = None,
    as_json: AsJson = False,
) -> None:
    """Change what is named; the rest stays.

    Example: portal roles edit editor --owner maya
    """
    from portal.access.schemas import EditRole  # noqa: PLC0415
    from portal.access.usecases.roles import edit_role  # noqa: PLC0415

    given = {"name": name, "description": description, "owner": owner, "is_requestable": requestable}
    changed = {field: value for field, value in given.items() if value is not None}
    if not changed:
        raise Stop("say what is to change; see --help")
    with opened_portal() as portal, acting(portal) as uow:
        found = role_named(uow.session, role)
        wish = found.describe() | changed
        edited = edit_role(uow, found.id, EditRole.model_validate(wish | {"owner": wish["owner"] or None}))
        facts = facts_of(edited)
    done(f"Saved the role {edited.name}", facts, as_json=as_json)


@roles.command()
def delete(role: RoleName, *, reason: Reason = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete a role. Nobody holds it any more; who loses what is said first.

    Example: portal roles delete editor --reason "replaced by author" --yes
    """
    from portal.access.usecases.roles import delete_role  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            found = role_named(session, role)
        told = effect_in_words(portal, lambda uow: delete_role(uow, found.id, reason=reason or None))
        ask(f"The role {found.name} is deleted.", *told, yes=yes)
        with acting(portal) as uow:
            delete_role(uow, found.id, reason=reason or None)
    done(f"The role {found.name} is deleted", {"id": found.id, "deleted": True}, as_json=as_json)


@roles.command()
def holders(
    role: RoleName,
    *,
    text: Annotated[str, typer.Option("--text", "-q", help="Part of a name, username or address.")] = "",
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """To whom a role was given by name, the latest first. For everybody who holds it: portal users list --role.

    Example: portal roles holders auditor --json
    """
    from portal.access.repository import Roles  # noqa: PLC0415

    before = place_of(cursor)
    with opened_portal() as portal, portal.reading() as session:
        wanted = role_named(session, role)
        found = Roles(session).assignments_page(wanted.id, search=text, before=before, size=limit)
        items = [
            {
                "id": one.user.id,
                "username": one.user.username,
                "email": one.user.email,
                "given_at": one.row.assigned_at,
                "ends_at": one.row.expires_at,
                "reason": one.row.reason,
            }
            for one in found.items
        ]
    columns = ("username", "email", "given_at", "ends_at", "reason")
    show_list(items, columns=columns, as_json=as_json, following=found.older)
