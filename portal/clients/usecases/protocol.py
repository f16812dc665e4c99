"""How an app speaks to the portal, set by somebody who may."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from portal.clients.events import ClientEdited
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.clients.rules import preset_of
from portal.clients.rules.switches import Switches
from portal.clients.schemas import EditProtocol
from portal.clients.services import kind_of
from portal.clients.services.protocol import problems_of, refuse_new_problems
from portal.clients.services.sectors import check_sector
from portal.infra.errors import Invalid
from portal.infra.events import changes
from portal.infra.unit_of_work import UnitOfWork


def edit_protocol(
    uow: UnitOfWork, client_pk: UUID, form: EditProtocol, *, sector: Collection[str] | None = None
) -> Client:
    """Nothing is published where nothing changed. `sector` are the addresses that the document at the form's
    `sector_identifier_uri` lists: fetched before the transaction, and needed where that address is new.

    Raises:
        ClientNotFound: there is no such app.
        Invalid: settings that contradict each other or the kind of app, each at its field.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    before, known = client.describe(), problems_of(uow, client)
    _check_method(client, form)
    _apply(client, form)
    refuse_new_problems(uow, client, known=known)
    if sector is not None or client.switches["sector_identifier_uri"] != before.get("sector_identifier_uri"):
        check_sector(client.switches["sector_identifier_uri"], sector, redirect_uris=client.redirect_uris)
    changed_from, changed_to = changes(before, client.describe())
    if changed_to:
        client.updated_at = uow.now
        uow.publish(ClientEdited(touched=(client.ref,), before=changed_from, after=changed_to))
    return client


def _check_method(client: Client, form: EditProtocol) -> None:
    """An app of one kind does not turn into one of another by the way in which it proves itself."""
    allowed = preset_of(kind_of(client)).auth_methods
    if form.token_endpoint_auth_method not in {None, client.token_endpoint_auth_method, *allowed}:
        raise Invalid("An app of this kind can't prove itself that way.", field="token_endpoint_auth_method")


def _apply(client: Client, form: EditProtocol) -> None:
    kept: dict[str, Any] = {
        name: value
        for name in (
            "grant_types", "response_types", "token_endpoint_auth_method", "id_token_signed_response_alg",
            "require_pkce",
        )
        if (value := getattr(form, name)) is not None
    }  # fmt: skip
    for name, value in kept.items():
        setattr(client, name, value)
    client.jwks, client.jwks_uri = form.jwks, form.jwks_uri
    client.switches = form.changed_switches(Switches.of(client.switches)).document()
