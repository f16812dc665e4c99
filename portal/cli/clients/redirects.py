"""Where an app may send people back to."""

from typing import Annotated

import typer

from portal.cli.clients.editing import edit_general
from portal.cli.clients.program import ClientName
from portal.cli.exits import Exit, Stop
from portal.cli.naming import client_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Yes, ask, done, show_list

redirects = typer.Typer(no_args_is_help=True, help="Where an app may send people back to.")
Uri = Annotated[str, typer.Argument(help="The whole address, to the character.")]


@redirects.command(name="list")
def list_redirects(client: ClientName, *, as_json: AsJson = False) -> None:
    """Every redirect URI of an app.

    Example: portal clients redirects list 3f0c9d2a
    """
    with opened_portal() as portal, portal.reading() as session:
        items = [{"redirect_uri": uri} for uri in client_named(session, client).redirect_uris]
    show_list(items, columns=("redirect_uri",), as_json=as_json)


@redirects.command()
def add(client: ClientName, uri: Uri, *, as_json: AsJson = False) -> None:
    """Accept one more. One that is registered already changes nothing.

    Example: portal clients redirects add 3f0c9d2a https://wiki.example.org/callback
    """
    from portal.clients.usecases import add_redirect_uri  # noqa: PLC0415 - a command loads what it needs

    with opened_portal() as portal, acting(portal) as uow:
        found = add_redirect_uri(uow, client_named(uow.session, client).id, uri)
        facts = {"client_id": found.client_id, "redirect_uris": list(found.redirect_uris)}
    done("The address is registered", facts, as_json=as_json)


@redirects.command()
def remove(client: ClientName, uri: Uri, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Accept one not any more.

    Example: portal clients redirects remove 3f0c9d2a https://old.example.org/callback --yes
    """
    with opened_portal() as portal:
        with portal.reading() as session:
            found = client_named(session, client)
        if uri not in found.redirect_uris:
            raise Stop("the app has no such redirect URI", Exit.NOT_FOUND, name="redirect_uri_not_found")
        ask(f"Requests of {found.client_name} with {uri} are refused from now on.", yes=yes)
        with acting(portal) as uow:
            left = edit_general(
                uow, found.id, lambda app: {"redirect_uris": [one for one in app.redirect_uris if one != uri]}
            )
            facts = {"client_id": left.client_id, "redirect_uris": list(left.redirect_uris)}
    done("The address is not registered any more", facts, as_json=as_json)
