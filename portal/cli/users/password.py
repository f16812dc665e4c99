"""The way back to an account: a new password, or a link by which its owner sets one."""

from typing import Annotated

import typer

from portal.cli.naming import person_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Reason, done
from portal.cli.users.making import Who, new_password_hash
from portal.cli.users.program import users


@users.command(name="set-password")
def set_password_of(who: Who, *, as_json: AsJson = False) -> None:
    """Read a password from standard input and set it. All that was open under the old one ends; its owner gets a mail.

    Example: portal users set-password maya < password.txt
    """
    from portal.accounts.usecases.manage_users import set_password  # noqa: PLC0415 - a command loads what it needs

    with opened_portal() as portal:
        with portal.reading() as session:
            user = person_named(session, who)
        hashed = new_password_hash(portal, about=(user.email, user.username, user.name))
        with acting(portal) as uow:
            set_password(uow, user.id, password_hash=hashed)
    facts = {"id": user.id, "username": user.username, "password_set": True}
    done(f"{user.username} has another password", facts, as_json=as_json)


@users.command()
def recover(
    who: Who,
    *,
    link: Annotated[
        bool,
        typer.Option("--link", help="Print the link, once, instead of mailing it; whoever has it gets in."),
    ] = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Send somebody a link by which they set a new password.

    Example: portal users recover maya --link
    """
    from portal.accounts.usecases.recovery import make_password_link, send_recovery  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        user = person_named(uow.session, who)
        facts: dict[str, object] = {"id": user.id, "username": user.username, "mailed": not link}
        if not link:
            send_recovery(uow, user.id, reason=reason or None)
            told = f"A mail to {user.email} is on its way"
        else:
            made = make_password_link(uow, user.id, reason=reason or None)
            address = f"{portal.settings.base_url}{made.path}"
            facts |= {"link": address, "expires_at": made.expires_at}
            told = f"Whoever opens this link sets a new password for {user.username}, once:\n\n  {address}\n"
    done(told, facts, as_json=as_json)


@users.command()
def invite(who: Who, *, as_json: AsJson = False) -> None:
    """Mail somebody who has no password yet a link to set one; once more, where the first was lost.

    Example: portal users invite devon
    """
    from portal.accounts.usecases.add_users import invite_user  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        user = invite_user(uow, person_named(uow.session, who).id)
        facts = {"id": user.id, "username": user.username, "mailed": True}
    done(f"{user.display_name} gets a mail", facts, as_json=as_json)
