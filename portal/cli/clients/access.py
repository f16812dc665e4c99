"""Who may use an app."""

from typing import Annotated

import typer

from portal.cli.clients.listing import in_full
from portal.cli.clients.program import ClientName, clients
from portal.cli.clients.registering import ByGroup, ByRole, Everyone, chosen
from portal.cli.exits import Stop
from portal.cli.naming import client_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Yes, ask, done
from portal.cli.previews import effect_in_words


@clients.command()
def access(
    client: ClientName,
    *,
    everyone: Everyone = False,
    role: ByRole = [],  # noqa: B006 - Typer copies it
    group: ByGroup = [],  # noqa: B006
    nobody: Annotated[bool, typer.Option("--nobody", help="Nobody may use it for now.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Say who may use an app from the next sign-in on; who gains and who loses it is said first.

    Example: portal clients access 3f0c9d2a --role editor --group Press --yes
    """
    from portal.clients.schemas import ClientAccess  # noqa: PLC0415 - a command loads what it needs
    from portal.clients.usecases import set_client_access  # noqa: PLC0415

    if nobody == bool(everyone or role or group):
        raise Stop("say who: --everyone, --role, --group or --nobody")
    with opened_portal() as portal:
        with portal.reading() as session:
            found = client_named(session, client)
            audience, role_ids, group_ids = chosen(session, everyone=everyone, roles=role, groups=group)
        wish = ClientAccess(audience=audience, role_ids=role_ids, group_ids=group_ids)
        told = effect_in_words(portal, lambda uow: set_client_access(uow, found.id, wish))
        ask(f"Who may use {found.client_name} changes.", *told, yes=yes)
        with acting(portal) as uow:
            facts = in_full(uow.session, set_client_access(uow, found.id, wish), at=uow.now)
    done(f"Saved who may use {found.client_name}", facts, as_json=as_json)
