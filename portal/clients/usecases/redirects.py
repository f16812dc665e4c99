"""Redirect URIs that were refused, and one more that is accepted from now on."""

from typing import Final
from uuid import UUID

from portal.clients.events import ClientEdited, ClientRedirectRefused
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.clients.rules.redirect_uris import MAX_COUNT
from portal.clients.services import check_addresses, kind_of
from portal.clients.snapshots import ClientSnapshot
from portal.infra.errors import Invalid
from portal.infra.unit_of_work import UnitOfWork

MOST_REMEMBERED: Final = 500
"""Characters of a refused address: enough to see what is wrong with it."""


def add_redirect_uri(uow: UnitOfWork, client_pk: UUID, uri: str) -> Client:
    """Accept this address too. One that is registered already changes nothing.

    Raises:
        ClientNotFound: there is no such app.
        Invalid: an app of its kind can't have this address, or has as many as it may.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    if uri in client.redirect_uris:
        return client
    before = list(client.redirect_uris)
    if len(before) >= MAX_COUNT:
        raise Invalid(f"Give at most {MAX_COUNT} addresses", field="redirect_uri")
    # only the new one is judged: those that are there were, by the rules of their day
    check_addresses(kind_of(client), redirect_uris=[uri], post_logout_redirect_uris=[])
    client.redirect_uris, client.updated_at = [*before, uri], uow.now
    changed = {"redirect_uris": client.redirect_uris}
    uow.publish(ClientEdited(touched=(client.ref,), before={"redirect_uris": before}, after=changed))
    return client


def note_refused_redirect(uow: UnitOfWork, client: ClientSnapshot, sent: str) -> None:
    """Somebody came with an address that is not registered; what they were told is no redirect (RFC 9700 4.11.2)."""
    details = {"redirect_uri": sent[:MOST_REMEMBERED]}
    uow.publish(ClientRedirectRefused(touched=(client.ref,), details=details))
