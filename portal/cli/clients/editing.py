"""The settings of an app, each by the name that the registries give it."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from portal.cli.clients.listing import in_full
from portal.cli.clients.program import ClientName, clients
from portal.cli.exits import Stop
from portal.cli.naming import client_named
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, done
from portal.cli.pairs import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from uuid import UUID

    from portal.bootstrap import Portal
    from portal.clients.repository import Client
    from portal.infra.unit_of_work import UnitOfWork

SECTOR: Final = "sector_identifier_uri"
_LISTS: Final = frozenset({"redirect_uris", "post_logout_redirect_uris", "scopes", "access_claims"})


@clients.command()
def edit(
    client: ClientName,
    *,
    settings: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting by its name; JSON for lists and objects; an empty value leaves it open.",
        ),
    ] = [],  # noqa: B006 - Typer copies it
    preset: Annotated[
        bool, typer.Option("--preset", help="First set everything back to what its kind starts with.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Change what is named; the rest stays. `portal clients show` has the names.

    Example: portal clients edit 3f0c9d2a --set require_pkce=true --set 'scopes=["openid","email"]'
    """
    from portal.clients.schemas import EditProtocol  # noqa: PLC0415 - a command loads what it needs
    from portal.clients.usecases.protocol import edit_protocol  # noqa: PLC0415

    if not settings and not preset:
        raise Stop("say what is to change; see --help")
    general, protocol = _sorted_out(settings)
    with opened_portal() as portal:
        with portal.reading() as session:
            found = client_named(session, client)
        values = _protocol_values(found, protocol, preset=preset) if protocol or preset else None
        sector = _sector(portal, found, values) if values else None
        with acting(portal) as uow:
            if general:
                edit_general(uow, found.id, lambda _: general)
            if values is not None:
                edit_protocol(uow, found.id, EditProtocol.model_construct(**values), sector=sector)
            facts = in_full(uow.session, client_named(uow.session, str(found.id)), at=uow.now)
    done(f"Saved the settings of {facts['client_name']}", facts, as_json=as_json)


def _sorted_out(texts: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the page of settings has, and what the pages of the protocol have.

    Raises:
        Stop: a name that no setting has.
    """
    from portal.clients.schemas import EditClient, EditProtocol  # noqa: PLC0415

    protocol = set(EditProtocol.model_fields)
    known = protocol | set(EditClient.model_fields)
    given = {name: _value(text) for name, text in fields(texts).items()}
    for name in given:
        if name not in known:
            close = get_close_matches(name, sorted(known), n=1)
            raise Stop(f"{name} is no setting of apps" + (f"; did you mean {close[0]}?" if close else ""))
    return (
        {name: value for name, value in given.items() if name not in protocol},
        {name: value for name, value in given.items() if name in protocol},
    )


def _value(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds; schemas read plain words by themselves
    import orjson  # noqa: PLC0415

    if text == "":
        return None
    if text[0] not in "[{":
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Stop(f"“{text[:60]}” is no JSON") from None


def _protocol_values(client: "Client", given: dict[str, Any], *, preset: bool) -> dict[str, Any]:
    """As the page has them: those that are given are judged, the others stay, whatever they are."""
    from portal.clients.rules.profiles import preset_values  # noqa: PLC0415
    from portal.clients.schemas import EditProtocol  # noqa: PLC0415
    from portal.clients.services import kind_of  # noqa: PLC0415
    from portal.clients.services.protocol import values_of  # noqa: PLC0415

    read = EditProtocol.model_validate({name: value for name, value in given.items() if value is not None})
    starting = preset_values(kind_of(client)) if preset else {}
    return values_of(client) | starting | {name: getattr(read, name) for name in given}


def _sector(portal: "Portal", client: "Client", values: dict[str, Any]) -> "Collection[str] | None":
    """Fetched where it is a new one, never inside a transaction."""
    from portal.clients.services.sectors import fetch_sector  # noqa: PLC0415

    if values[SECTOR] and values[SECTOR] != client.switches.get(SECTOR):
        return fetch_sector(portal.ports.fetcher, values[SECTOR])
    return None


def edit_general(
    uow: "UnitOfWork", client_pk: "UUID", change: "Callable[[Client], Mapping[str, Any]]"
) -> "Client":
    """The page of settings: what `change` names is judged, the rest stays."""
    from portal.clients.repository import Clients  # noqa: PLC0415
    from portal.clients.schemas import EditClient  # noqa: PLC0415
    from portal.clients.usecases import edit_client  # noqa: PLC0415

    client = Clients(uow.session).get_to_change(client_pk)
    changed = {
        name: [] if value is None and name in _LISTS else value for name, value in change(client).items()
    }
    known = client.describe() | {"scopes": client.scope.split(), "access_claims": client.access_claims or []}
    # of the method and what else belongs to the protocol, the pages of the protocol have the say
    kept = {name: known[name] for name in EditClient.model_fields if name != "token_endpoint_auth_method"}
    return edit_client(uow, client_pk, EditClient.model_validate(kept | changed))
