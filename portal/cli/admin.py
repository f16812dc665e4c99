"""`portal admin ...`: what only somebody at the host may do about administrators."""

from typing import TYPE_CHECKING, Annotated

import typer

from portal.cli.exits import Exit, Stop
from portal.cli.opening import acting, opened_portal

if TYPE_CHECKING:
    from portal.access.usecases.recover_administrator import Recovered
    from portal.bootstrap import Portal

admin = typer.Typer(no_args_is_help=True, help="Get back in when no administrator can sign in.")


@admin.callback()
def about() -> None:
    """Get back in when no administrator can sign in."""


@admin.command()
def recover(
    email: Annotated[
        str | None, typer.Argument(help="Address or username; without one, who there is to choose from.")
    ] = None,
    new: Annotated[str, typer.Option(metavar="NAME", help="Make a new account under this name.")] = "",
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "",
) -> None:
    """Make somebody an administrator again, and print a one-time link by which they set a new password.

    The account is enabled, holds the role without an end, and everything that was open under it has ended.

    Example: portal admin recover ada@example.org --reason "lost the phone"
    """
    with opened_portal() as portal:
        if email is None:
            _say_who(portal)
        else:
            _tell(portal, _recovered(portal, email, new_name=new, reason=reason))


def _recovered(portal: "Portal", email: str, *, new_name: str, reason: str) -> "Recovered":
    from portal.access.schemas.recovery import NewAdministrator, RecoverAdministrator  # noqa: PLC0415 - what it needs
    from portal.access.usecases.recover_administrator import new_administrator, recover_administrator  # noqa: PLC0415
    from portal.accounts.errors import UserNotFound  # noqa: PLC0415

    why = reason or None
    try:
        with acting(portal) as uow:
            if new_name:
                return new_administrator(uow, NewAdministrator(email=email, name=new_name, reason=why))
            return recover_administrator(uow, RecoverAdministrator(identifier=email, reason=why))
    except UserNotFound:
        raise Stop(
            f"nobody has the address or username “{email[:100]}”; --new NAME makes an account for a new person",
            Exit.NOT_FOUND,
        ) from None


def _tell(portal: "Portal", done: "Recovered") -> None:
    from portal.accounts.rules import RECOVERY_LIFETIME  # noqa: PLC0415

    minutes = int(RECOVERY_LIFETIME.total_seconds() // 60)
    enabled = " The account was disabled and is enabled again." if done.was_disabled else ""
    print(
        f"{done.user.display_name} <{done.user.email}> is an administrator.{enabled}\n"
        f"Whoever opens this link sets a new password for the account (once, within {minutes} minutes):\n\n"
        f"  {portal.settings.base_url}{done.path}\n"
    )


def _say_who(portal: "Portal") -> None:
    """The administrators, in whatever state they are; nobody is chosen without being named."""
    from portal.access.usecases.first_administrator import make_setup_link  # noqa: PLC0415
    from portal.access.usecases.recover_administrator import candidates  # noqa: PLC0415

    with acting(portal) as uow:
        found = candidates(uow)
        path = None if found else make_setup_link(uow)
    if path:
        print(
            f"Nobody was ever an administrator. Create the first one here:\n\n  {portal.settings.base_url}{path}\n"
        )
        return
    width = max((len(one.user.email) for one in found), default=0)
    for one in found:
        print(f"{one.user.email:<{width}}  {one.obstacle or 'can sign in'}")
    raise Stop("name one of them: portal admin recover EMAIL")
