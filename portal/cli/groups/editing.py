"""Groups themselves: listed, made, changed, deleted."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli.exits import Stop
from portal.cli.groups.program import groups
from portal.cli.naming import group_named, place_of
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Cursor, Limit, Reason, Yes, ask, done, show, show_list
from portal.cli.previews import effect_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.access.repository import Group

GroupName = Annotated[str, typer.Argument(metavar="GROUP", help="Its name or id.")]
Description = Annotated[str | None, typer.Option(help="What it is for.")]
Requestable = Annotated[
    bool | None, typer.Option("--requestable/--not-requestable", help="Whether people may ask to be in it.")
]


def facts_of(group: "Group", roles: "Sequence[str]") -> dict[str, Any]:
    """What commands say of a group."""
    return {
        "id": group.id,
        **group.describe(),
        "roles": list(roles),
        "created_at": group.created_at,
    }


@groups.command(name="list")
def list_groups(
    *,
    text: Annotated[str, typer.Option("--text", "-q", help="Part of the name or description.")] = "",
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """Every group, A to Z.

    Example: portal groups list --json
    """
    from portal.access.repository import Groups  # noqa: PLC0415 - a command loads what it needs

    before = place_of(cursor)
    with opened_portal() as portal, portal.reading() as session:
        found = Groups(session).page(search=text, before=before, size=limit)
        roles = Groups(session).role_names_of(
            [group.id for group in found.items], at=portal.ports.clock.now()
        )
        items = [facts_of(group, roles.get(group.id, [])) for group in found.items]
    columns = ("name", "description", "roles", "is_requestable")
    show_list(items, columns=columns, as_json=as_json, following=found.older)


@groups.command(name="show")
def show_group(group: GroupName, *, as_json: AsJson = False) -> None:
    """One group: its roles, until when, and who looks after it.

    Example: portal groups show Press
    """
    from portal.access.repository import Groups  # noqa: PLC0415

    with opened_portal() as portal, portal.reading() as session:
        found, known = group_named(session, group), Groups(session)
        names = known.role_names_of([found.id], at=portal.ports.clock.now()).get(found.id, [])
        facts = facts_of(found, names) | {
            "gives": [
                {"role": role.name, "ends_at": row.expires_at, "reason": row.reason}
                for row, role in known.roles_of(found.id)
            ],
            "administrators": [user.username for _, user in known.administrators_of(found.id)],
        }
    show(facts, as_json=as_json)


@groups.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    *,
    description: Description = None,
    requestable: Requestable = None,
    as_json: AsJson = False,
) -> None:
    """Make a group with nobody in it, that gives no role yet.

    Example: portal groups create Press --description "Who speaks to the press"
    """
    from portal.access.schemas import CreateGroup  # noqa: PLC0415
    from portal.access.usecases.groups import create_group  # noqa: PLC0415

    wish = CreateGroup(name=name, description=description or "", is_requestable=bool(requestable))
    with opened_portal() as portal, acting(portal) as uow:
        facts = facts_of(create_group(uow, wish), [])
    done(f"There is a group {wish.name}", facts, as_json=as_json)


@groups.command()
def edit(
    group: GroupName,
    *,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    description: Description = None,
    requestable: Requestable = None,
    as_json: AsJson = False,
) -> None:
    """Change what is named; the rest stays.

    Example: portal groups edit Press --name "Press office"
    """
    from portal.access.schemas import EditGroup  # noqa: PLC0415
    from portal.access.usecases.groups import edit_group  # noqa: PLC0415

    given = {"name": name, "description": description, "is_requestable": requestable}
    changed = {field: value for field, value in given.items() if value is not None}
    if not changed:
        raise Stop("say what is to change; see --help")
    with opened_portal() as portal, acting(portal) as uow:
        found = group_named(uow.session, group)
        edited = edit_group(uow, found.id, EditGroup.model_validate(found.describe() | changed))
        facts = {"id": edited.id, **edited.describe()}
    done(f"Saved the group {edited.name}", facts, as_json=as_json)


@groups.command()
def delete(group: GroupName, *, reason: Reason = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete a group. Its members lose the roles that they hold by it alone; who loses what is said first.

    Example: portal groups delete Press --reason "merged into Office" --yes
    """
    from portal.access.usecases.groups import delete_group  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            found = group_named(session, group)
        told = effect_in_words(portal, lambda uow: delete_group(uow, found.id, reason=reason or None))
        ask(f"The group {found.name} is deleted.", *told, yes=yes)
        with acting(portal) as uow:
            delete_group(uow, found.id, reason=reason or None)
    done(f"The group {found.name} is deleted", {"id": found.id, "deleted": True}, as_json=as_json)
