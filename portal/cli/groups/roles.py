"""Which roles a group gives to everybody in it."""

from typing import Annotated

import typer

from portal.cli.groups.editing import GroupName
from portal.cli.naming import group_named, role_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Reason, Until, Yes, ask, done
from portal.cli.previews import effect_in_words

roles = typer.Typer(no_args_is_help=True, help="Which roles a group gives.")
RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="Its name or id.")]


@roles.command()
def give(
    group: GroupName, role: RoleName, *, until: Until = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Let everybody in a group hold a role. A group that gives it already gets the new end.

    Example: portal groups roles give Press editor --until 2031-12-24
    """
    from portal.access.schemas import GiveGroupRole  # noqa: PLC0415 - a command loads what it needs
    from portal.access.usecases.memberships import give_group_role  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        found, given = group_named(uow.session, group), role_named(uow.session, role)
        wish = GiveGroupRole.model_validate(
            {"role_id": given.id, "expires_at": until or None, "reason": reason or None}
        )
        row = give_group_role(uow, found.id, wish)
        facts = {"group": found.name, "role": given.name, "ends_at": row.expires_at}
    done(f"The group {found.name} gives the role {given.name}", facts, as_json=as_json)


@roles.command()
def take(
    group: GroupName, role: RoleName, *, reason: Reason = "", yes: Yes = False, as_json: AsJson = False
) -> None:
    """Let a group not give a role any more; who loses what is said first.

    Example: portal groups roles take Press editor --yes
    """
    from portal.access.usecases.memberships import take_group_role  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            found, taken = group_named(session, group), role_named(session, role)
        told = effect_in_words(
            portal, lambda uow: take_group_role(uow, found.id, taken.id, reason=reason or None)
        )
        ask(f"The group {found.name} does not give the role {taken.name} any more.", *told, yes=yes)
        with acting(portal) as uow:
            take_group_role(uow, found.id, taken.id, reason=reason or None)
    facts = {"group": found.name, "role": taken.name, "given": False}
    done(f"Took the role {taken.name} from the group {found.name}", facts, as_json=as_json)
