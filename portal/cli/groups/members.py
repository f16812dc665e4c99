"""Who is in a group, and who looks after it."""

from typing import Annotated

import typer

from portal.cli.groups.editing import GroupName
from portal.cli.naming import group_named, person_named, place_of
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Cursor, Limit, Reason, Until, Yes, ask, done, show_list

members = typer.Typer(no_args_is_help=True, help="Who is in a group.")
administrators = typer.Typer(no_args_is_help=True, help="Who may decide who is in a group.")
Who = Annotated[str, typer.Argument(metavar="WHO", help="Username, address or id.")]


@members.command(name="list")
def list_members(
    group: GroupName,
    *,
    text: Annotated[str, typer.Option("--text", "-q", help="Part of a name, username or address.")] = "",
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """Everybody in a group, the latest first; those whose time is over too, with when that was.

    Example: portal groups members list Press --json
    """
    from portal.access.repository import Groups  # noqa: PLC0415 - a command loads what it needs

    before = place_of(cursor)
    with opened_portal() as portal, portal.reading() as session:
        found = Groups(session).members_page(
            group_named(session, group).id, search=text, before=before, size=limit
        )
        items = [
            {
                "id": one.user.id,
                "username": one.user.username,
                "email": one.user.email,
                "name": one.user.name,
                "ends_at": one.row.expires_at,
                "reason": one.row.reason,
            }
            for one in found.items
        ]
    columns = ("username", "email", "name", "ends_at", "reason")
    show_list(items, columns=columns, as_json=as_json, following=found.older)


@members.command(name="add")
def add(
    group: GroupName, who: Who, *, until: Until = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Put a person into a group. Whoever is in it already gets the new end.

    Example: portal groups members add Press maya --until 2031-12-24
    """
    from portal.cli.users.holding import join_group  # noqa: PLC0415

    join_group(who, group, until=until, reason=reason, as_json=as_json)


@members.command(name="remove")
def remove(
    group: GroupName, who: Who, *, reason: Reason = "", yes: Yes = False, as_json: AsJson = False
) -> None:
    """Take a person out of a group, and with it the roles that the group gives.

    Example: portal groups members remove Press maya --yes
    """
    from portal.cli.users.holding import leave_group  # noqa: PLC0415

    leave_group(who, group, reason=reason, yes=yes, as_json=as_json)


@administrators.command(name="add")
def add_administrator(group: GroupName, who: Who, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Let a person decide who is in this group.

    Example: portal groups administrators add Press maya
    """
    from portal.access.schemas import AddGroupAdministrator  # noqa: PLC0415
    from portal.access.usecases.groups import add_group_administrator  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        found, user = group_named(uow.session, group), person_named(uow.session, who)
        add_group_administrator(uow, found.id, AddGroupAdministrator(user_id=user.id, reason=reason or None))
    facts = {"group": found.name, "user": user.username, "administrator": True}
    done(f"{user.display_name} looks after the group {found.name}", facts, as_json=as_json)


@administrators.command(name="remove")
def remove_administrator(
    group: GroupName, who: Who, *, reason: Reason = "", yes: Yes = False, as_json: AsJson = False
) -> None:
    """Let a person not decide any more who is in this group.

    Example: portal groups administrators remove Press maya --yes
    """
    from portal.access.usecases.groups import remove_group_administrator  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            found, user = group_named(session, group), person_named(session, who)
        ask(f"{user.display_name} does not look after the group {found.name} any more.", yes=yes)
        with acting(portal) as uow:
            remove_group_administrator(uow, found.id, user.id, reason=reason or None)
    facts = {"group": found.name, "user": user.username, "administrator": False}
    done(f"{user.display_name} does not look after {found.name} any more", facts, as_json=as_json)
