"""Telling an app that somebody has left (OpenID Connect Back-Channel Logout 1.0 section 2.5)."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.clients.snapshots import ClientSnapshot
from portal.grants.services.leaving import ids_in, logout_token
from portal.infra.fetch import FetchFailed, FetchRefused
from portal.infra.outbox import OutboxMessage

TAKEN: Final = frozenset({200, 204})
REFUSED: Final = 400
FORM: Final = "application/x-www-form-urlencoded"


def call_app(portal: Portal, message: OutboxMessage) -> None:
    """Sign the token now, under the key of now, and post it.

    Raises:
        FetchRefused: the app says that it will never take it (400), or is gone; nothing comes of trying again.
        FetchFailed: it did not arrive, or was not taken; it is tried again for a day.
    """
    client_pk, user_id, session_id = ids_in(message.payload)
    client = _client(portal, client_pk)
    address = client.switches.backchannel_logout_uri if client is not None else None
    if client is None or address is None:
        raise FetchRefused("gone", "The app does not ask for logout calls any more.")
    at = portal.ports.clock.now()
    token = logout_token(portal.issuer, client, user_id=user_id, session_id=session_id, at=at)
    body = urlencode({"logout_token": token}).encode()
    answer = portal.ports.fetcher.post(address, body=body, content_type=FORM)
    if answer.status == REFUSED:
        raise FetchRefused("status", "The app refused the logout token (400).")
    if answer.status not in TAKEN:
        raise FetchFailed("status", f"The app answered {answer.status}.")


def _client(portal: Portal, client_pk: UUID) -> ClientSnapshot | None:
    with portal.reading() as session:
        row = Clients(session).find(client_pk)
    return portal.clients.current(row.client_id) if row is not None else None
