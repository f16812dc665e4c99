"""Client id metadata documents (IETF draft): the client id is an https address, and the document there is the app's
registration. Fetched when its app first comes, and again when the copy is an hour old; never inside a transaction.
"""

import hashlib
from datetime import timedelta
from typing import Any, Final

from authlib.oauth2 import OAuth2Error

from portal.clients.repository import Clients
from portal.clients.rules.documents import is_document_address
from portal.clients.rules.presets import SECRET_METHODS
from portal.clients.schemas import ClientMetadata
from portal.clients.services.sectors import fetch_sector
from portal.clients.snapshots import ClientSnapshot
from portal.clients.usecases.documents import take_document
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.throttles import throttle
from portal.infra.errors import Invalid
from portal.infra.fetch import FetchError
from portal.infra.rate_limit import CLIENT_DOCUMENT
from portal.oauth.client_metadata import (
    JSON,
    MetadataRefusedError,
    metadata_of_document,
    object_of,
    refusal_of,
)

FRESH_FOR: Final = timedelta(hours=1)
OUTLIVES: Final = timedelta(days=1)
"""For so long the last good copy is used while newer ones can't be had."""
RETRY_SECONDS: Final = 60
MAX_BYTES: Final = 5 * 1024
FORBIDDEN: Final = ("client_secret", "client_secret_expires_at")


class DocumentRefusedError(Exception):
    """The app's document can't be used; the reason is for its developer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def client_of(client_id: str) -> ClientSnapshot | None:
    """The client as it is now, whether it was registered or is known by its document; None if there is none.

    Raises:
        DocumentRefusedError: the client id is an address, and what is there can't be used.
        Limited: this visitor has had too many documents fetched.
    """
    portal = current_portal()
    if not is_document_address(client_id, loopback=portal.settings.fetchable_loopback):
        return portal.clients.current(client_id)
    if not portal.settings.client_id_documents:
        return None
    with reading() as session:
        row = Clients(session).by_client_id(client_id)
    checked_at = row.document_checked_at if row is not None else None
    age = portal.ports.clock.now() - checked_at if checked_at is not None else None
    if age is None or age >= FRESH_FOR:
        try:
            _renew(client_id)
        except DocumentRefusedError:
            if age is None or age >= OUTLIVES:
                raise
    return portal.clients.current(client_id)


def _renew(client_id: str) -> None:
    """Fetch the document and take it; what failed a moment ago is not tried again at once.

    Raises:
        DocumentRefusedError: it can't be used.
    """
    portal = current_portal()
    key = f"client-document:{hashlib.sha256(client_id.encode()).hexdigest()}"
    failed = portal.ports.cache.get(key)
    if isinstance(failed, str):
        raise DocumentRefusedError(failed)
    throttle("client_document", CLIENT_DOCUMENT)
    try:
        wish = _fetched(client_id)
        sector_uri = wish.sector_identifier_uri
        sector = fetch_sector(portal.ports.fetcher, sector_uri) if sector_uri else None
        with unit_of_work() as uow:
            take_document(uow, client_id, wish, sector=sector)
    except (FetchError, OAuth2Error, Invalid) as problem:
        reason = _words(problem)
        portal.ports.cache.set(key, reason, ttl_seconds=RETRY_SECONDS)
        raise DocumentRefusedError(reason) from None


def _fetched(client_id: str) -> ClientMetadata:
    body = current_portal().ports.fetcher.get(client_id, accept=(JSON,)).body
    if len(body) > MAX_BYTES:
        raise MetadataRefusedError(f"The document is larger than {MAX_BYTES // 1024} kB.")
    return metadata_of_document(_checked(client_id, object_of(body)))


def _checked(client_id: str, document: dict[str, Any]) -> dict[str, Any]:
    """Nobody shares a secret with us in a document that everybody can read, so there is none.

    Raises:
        MetadataRefusedError: it has one, or is another app's.
    """
    if document.get("client_id") != client_id:
        raise MetadataRefusedError("client_id: The document has to name its own address")
    if any(document.get(name) is not None for name in FORBIDDEN):
        raise MetadataRefusedError("client_secret: A document that everybody can read holds no secret")
    method = document.get("token_endpoint_auth_method") or "none"
    if method in SECRET_METHODS:
        raise MetadataRefusedError("token_endpoint_auth_method: Prove yourself by keys, or not at all")
    return {**document, "token_endpoint_auth_method": method, "software_statement": None}


def _words(problem: FetchError | OAuth2Error | Invalid) -> str:
    if isinstance(problem, Invalid):
        problem = refusal_of(problem)
    if isinstance(problem, OAuth2Error):
        return str(problem.get_error_description())
    return str(problem)
