"""Roles and groups for one person: given, perhaps until a day, and taken."""

from typing import Annotated

import typer

from portal.cli.naming import group_named, person_named, role_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Reason, Until, Yes, ask, done
from portal.cli.users.making import Who
from portal.cli.users.program import users

RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="Its name or id.")]
GroupName = Annotated[str, typer.Argument(metavar="GROUP", help="Its name or id.")]


@users.command(name="give-role")
def give_role_to_user(
    who: Who, role: RoleName, *, until: Until = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Give a person a role by name. Whoever holds it so already gets the new end.

    Example: portal users give-role maya auditor --until 2031-12-24 --reason "the yearly audit"
    """
    from portal.access.schemas import GiveRole  # noqa: PLC0415 - a command loads what it needs
    from portal.access.usecases.assignments import give_role  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        user, given = person_named(uow.session, who), role_named(uow.session, role)
        wish = GiveRole.model_validate(
            {"role_id": given.id, "expires_at": until or None, "reason": reason or None}
        )
        row = give_role(uow, user.id, wish)
        facts = {"user": user.username, "role": given.name, "ends_at": row.expires_at}
    done(f"{user.display_name} holds the role {given.name}", facts, as_json=as_json)


@users.command(name="take-role")
def take_role_from_user(
    who: Who, role: RoleName, *, reason: Reason = "", yes: Yes = False, as_json: AsJson = False
) -> None:
    """Take a role that a person holds by name; a group may still give it.

    Example: portal users take-role maya auditor --yes
    """
    from portal.access.usecases.assignments import take_role  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            user, taken = person_named(session, who), role_named(session, role)
        ask(f"{user.display_name} does not hold the role {taken.name} by name any more.", yes=yes)
        with acting(portal) as uow:
            take_role(uow, user.id, taken.id, reason=reason or None)
    facts = {"user": user.username, "role": taken.name, "held": False}
    done(f"Took the role {taken.name} from {user.display_name}", facts, as_json=as_json)


@users.command(name="join-group")
def join_group(
    who: Who, group: GroupName, *, until: Until = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Put a person into a group. Whoever is in it already gets the new end.

    Example: portal users join-group maya Press --until 2031-12-24
    """
    from portal.access.schemas import AddMember  # noqa: PLC0415
    from portal.access.usecases.memberships import add_member  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        user, joined = person_named(uow.session, who), group_named(uow.session, group)
        wish = AddMember.model_validate(
            {"user_id": user.id, "expires_at": until or None, "reason": reason or None}
        )
        row = add_member(uow, joined.id, wish)
        facts = {"user": user.username, "group": joined.name, "ends_at": row.expires_at}
    done(f"{user.display_name} is in the group {joined.name}", facts, as_json=as_json)


@users.command(name="leave-group")
def leave_group(
    who: Who, group: GroupName, *, reason: Reason = "", yes: Yes = False, as_json: AsJson = False
) -> None:
    """Take a person out of a group, and with it the roles that the group gives.

    Example: portal users leave-group maya Press --yes
    """
    from portal.access.usecases.memberships import remove_member  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            user, left = person_named(session, who), group_named(session, group)
        ask(f"{user.display_name} loses the roles that only the group {left.name} gives.", yes=yes)
        with acting(portal) as uow:
            remove_member(uow, left.id, user.id, reason=reason or None)
    facts = {"user": user.username, "group": left.name, "member": False}
    done(f"{user.display_name} is not in the group {left.name} any more", facts, as_json=as_json)
