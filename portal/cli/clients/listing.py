"""Which apps there are, everything about one, and what opens and shuts it."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from portal.cli.clients.program import ClientName, clients
from portal.cli.naming import client_named, place_of
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Cursor, Limit, Yes, ask, done, show, show_list

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from portal.clients.repository import Client

State = Annotated[
    Literal["active", "disabled", "unvouched"] | None, typer.Option(help="Only apps in this state.")
]


def in_short(client: "Client") -> dict[str, Any]:
    """A line of the list."""
    return {
        "id": client.id,
        "client_id": client.client_id,
        "client_name": client.client_name,
        "kind": client.kind,
        "is_active": client.is_active,
        "is_vouched": client.is_vouched,
        "everyone_may_use": client.everyone_may_use,
        "created_at": client.created_at,
        "first_sign_in_at": client.first_sign_in_at,
    }


def in_full(session: "Session", client: "Client", *, at: "datetime") -> dict[str, Any]:
    """With every setting, who may use it, and its secrets by their ids."""
    from portal.clients.repository import Clients, ClientSecrets  # noqa: PLC0415 - a command loads what it needs

    audience = Clients(session).audience_of(client.id)
    secrets = ClientSecrets(session).live_of(client.id, at=at)
    return {
        **in_short(client),
        "registered_by": client.registered_by,
        "roles": sorted(role.label for role in audience.roles),
        "groups": sorted(group.label for group in audience.groups),
        "secrets": [
            {
                "id": one.id,
                "created_at": one.created_at,
                "expires_at": one.expires_at,
                "last_used_at": one.last_used_at,
            }
            for one in secrets
        ],
        "settings": {
            name: value for name, value in client.describe().items() if name not in in_short(client)
        },
    }


@clients.command(name="list")
def list_clients(
    *,
    text: Annotated[str, typer.Option("--text", "-q", help="Part of the name, or a client ID.")] = "",
    state: State = None,
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """Every app, the newest first.

    Example: portal clients list --state unvouched --json
    """
    from portal.clients.repository import Clients  # noqa: PLC0415

    before = place_of(cursor)
    with opened_portal() as portal, portal.reading() as session:
        found = Clients(session).page(search=text, state=state, before=before, size=limit)
        items = [in_short(client) for client in found.items]
    columns = ("client_id", "client_name", "kind", "is_active", "is_vouched", "created_at")
    show_list(items, columns=columns, as_json=as_json, following=found.older)


@clients.command(name="show")
def show_client(client: ClientName, *, as_json: AsJson = False) -> None:
    """One app: every setting, who may use it, and which secrets work.

    Example: portal clients show 3f0c9d2a --json
    """
    with opened_portal() as portal, portal.reading() as session:
        facts = in_full(session, client_named(session, client), at=portal.ports.clock.now())
    show(facts, as_json=as_json)


@clients.command()
def disable(client: ClientName, *, as_json: AsJson = False) -> None:
    """Shut an app out until somebody enables it again; settings and secrets stay, its tokens end for good.

    Example: portal clients disable 3f0c9d2a
    """
    from portal.clients.usecases import disable_client  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        facts = in_short(disable_client(uow, client_named(uow.session, client).id))
    done(f"{facts['client_name']} is disabled", facts, as_json=as_json)


@clients.command()
def enable(client: ClientName, *, as_json: AsJson = False) -> None:
    """Let an app ask again.

    Example: portal clients enable 3f0c9d2a
    """
    from portal.clients.usecases import enable_client  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        facts = in_short(enable_client(uow, client_named(uow.session, client).id))
    done(f"{facts['client_name']} is enabled", facts, as_json=as_json)


@clients.command()
def vouch(
    client: ClientName,
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Not any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say that you know whose app it is that registered itself; people are no longer warned of it.

    Example: portal clients vouch 3f0c9d2a
    """
    from portal.clients.usecases.vouching import vouch_for_client, withdraw_vouching  # noqa: PLC0415

    with opened_portal() as portal, acting(portal) as uow:
        found = client_named(uow.session, client)
        facts = in_short((withdraw_vouching if withdraw else vouch_for_client)(uow, found.id))
    told = "People are warned of" if withdraw else "Nobody is warned any more of"
    done(f"{told} {facts['client_name']}", facts, as_json=as_json)


@clients.command()
def delete(client: ClientName, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete an app with its secrets, and the grants and tokens of everybody who used it. Nobody can undo it.

    Example: portal clients delete 3f0c9d2a --yes
    """
    from portal.clients.usecases import delete_client  # noqa: PLC0415

    with opened_portal() as portal:
        with portal.reading() as session:
            found = client_named(session, client)
        ask(
            f"{found.client_name} ({found.client_id}) goes, with its secrets, and the grants and tokens of everybody "
            "who used it.",
            yes=yes,
        )
        with acting(portal) as uow:
            delete_client(uow, found.id)
    facts = {"id": found.id, "client_id": found.client_id, "deleted": True}
    done(f"{found.client_name} is deleted", facts, as_json=as_json)
