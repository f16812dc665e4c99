"""The secrets of an app: one more, one less."""

from typing import Annotated, Literal
from uuid import UUID

import typer

from portal.cli.clients.program import ClientName
from portal.cli.naming import client_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Yes, ask, done, show_list

secret = typer.Typer(no_args_is_help=True, help="The secrets of an app.")
OVERLAPS = {"none": 0, "hour": 3600, "day": 86400, "week": 604800}


@secret.command(name="list")
def list_secrets(client: ClientName, *, as_json: AsJson = False) -> None:
    """Those that work, by their ids. No secret can be read again.

    Example: portal clients secret list 3f0c9d2a
    """
    from portal.clients.repository import ClientSecrets  # noqa: PLC0415 - a command loads what it needs

    with opened_portal() as portal, portal.reading() as session:
        at = portal.ports.clock.now()
        items = [
            {
                "id": one.id,
                "created_at": one.created_at,
                "expires_at": one.expires_at,
                "last_used_at": one.last_used_at,
            }
            for one in ClientSecrets(session).live_of(client_named(session, client).id, at=at)
        ]
    show_list(items, columns=("id", "created_at", "expires_at", "last_used_at"), as_json=as_json)


@secret.command()
def add(
    client: ClientName,
    *,
    overlap: Annotated[
        Literal["none", "hour", "day", "week"],
        typer.Option(help="How long the present secrets go on working."),
    ] = "day",
    as_json: AsJson = False,
) -> None:
    """Make a new secret and print it, this once.

    Example: portal clients secret add 3f0c9d2a --overlap hour
    """
    from portal.clients.schemas import RotateSecret  # noqa: PLC0415
    from portal.clients.usecases import rotate_secret  # noqa: PLC0415

    wish = RotateSecret.model_validate({"overlap_seconds": OVERLAPS[overlap]})
    with opened_portal() as portal, acting(portal) as uow:
        found = client_named(uow.session, client)
        issued = rotate_secret(uow, found.id, wish)
        facts = {"client_id": found.client_id, "id": issued.secret.id, "secret": issued.text}
    done(f"The new secret is shown this once:\n\n  {issued.text}\n", facts, as_json=as_json)


@secret.command()
def revoke(
    client: ClientName,
    secret_id: Annotated[
        UUID, typer.Argument(metavar="ID", help="As `portal clients secret list` shows it.")
    ],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let a secret open nothing any more, from now on. The last one may go too.

    Example: portal clients secret revoke 3f0c9d2a 01930b1c-8a3e-7c52-9f64-2b7d1c9e5a10 --yes
    """
    from portal.clients.usecases import revoke_secret  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            found = client_named(session, client)
        ask(f"Nothing of {found.client_name} that still uses this secret gets in any more.", yes=yes)
        with acting(portal) as uow:
            revoke_secret(uow, found.id, secret_id)
    facts = {"client_id": found.client_id, "id": secret_id, "revoked": True}
    done("The secret is revoked", facts, as_json=as_json)
