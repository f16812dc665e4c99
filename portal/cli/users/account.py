"""What opens and shuts an account, and what does away with it."""

from typing import Annotated

import typer

from portal.cli.naming import person_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Yes, ask, done
from portal.cli.users.making import Who
from portal.cli.users.program import users

WhyNeeded = Annotated[str, typer.Option(help="Why; it stays in the audit log.")]


@users.command()
def disable(who: Who, *, reason: WhyNeeded, as_json: AsJson = False) -> None:
    """Shut every door of a person at once. Nothing is deleted; enabling opens them again.

    Example: portal users disable devon --reason "left the company"
    """
    from portal.accounts.schemas import DisableUser  # noqa: PLC0415 - a command loads what it needs
    from portal.accounts.usecases.manage_users import disable_user  # noqa: PLC0415

    wish = DisableUser(reason=reason)
    with opened_portal() as portal, acting(portal) as uow:
        user = disable_user(uow, person_named(uow.session, who).id, wish)
        facts = {"id": user.id, "username": user.username, "is_active": user.is_active}
    done(f"{user.display_name} is disabled", facts, as_json=as_json)


@users.command()
def enable(who: Who, *, as_json: AsJson = False) -> None:
    """Let a person sign in again. What had ended stays ended.

    Example: portal users enable devon
    """
    from portal.accounts.usecases.manage_users import enable_user  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        user = enable_user(uow, person_named(uow.session, who).id)
        facts = {"id": user.id, "username": user.username, "is_active": user.is_active}
    done(f"{user.display_name} can sign in again", facts, as_json=as_json)


@users.command()
def delete(
    who: Who,
    *,
    reason: WhyNeeded,
    erase: Annotated[
        bool, typer.Option("--erase", help="Also destroy what the audit log says of the person.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete an account with everything that hangs on it. Nobody can undo it.

    Example: portal users delete devon --reason "asked for it" --erase --yes
    """
    from portal.accounts.schemas import StateReason  # noqa: PLC0415
    from portal.accounts.usecases.manage_users import delete_user  # noqa: PLC0415
    from portal.audit.usecases import erase_person  # noqa: PLC0415

    wish = StateReason(reason=reason)
    with opened_portal() as portal:
        with portal.reading() as session:
            user = person_named(session, who)
        kept = "is erased with it" if erase else "stays"
        ask(
            f"{user.display_name} <{user.email}> loses the account, every session, role, membership and connected "
            f"app. What the audit log says of them {kept}.",
            yes=yes,
        )
        with acting(portal) as uow:
            delete_user(uow, user.id, wish)
            if erase:
                erase_person(uow, user.id, reason=reason)
    facts = {"id": user.id, "deleted": True, "erased": erase}
    done(f"The account of {user.username} is deleted", facts, as_json=as_json)
