"""What the protocol's views share: one server, the documents, and the acting client."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from authlib.oauth2.rfc6749 import Endpoint
from flask import Flask, current_app, request

from portal.bootstrap import Portal
from portal.clients.snapshots import ClientSnapshot
from portal.http.context import EXTENSION, client_ip, request_id
from portal.infra.actor import Actor
from portal.oauth.documents import DISCOVERY, Document, discovery_document, latest
from portal.oauth.prepared import PreparedDocuments
from portal.oauth.server import Server

KEY = "portal.oauth"


@dataclass(frozen=True, slots=True)
class Provider:
    """Made once for each application."""

    server: Server
    discovery: Document
    jwks: Callable[[], Document]
    """The keys as they are now."""


def make_provider(app: Flask, *, endpoints: Iterable[type[Endpoint]]) -> None:
    """When the door is hung in."""
    portal = cast(Portal, app.extensions[EXTENSION])
    server = Server(portal)
    for endpoint in endpoints:
        server.register_endpoint(endpoint)
    discovery = discovery_document(portal.settings.base_url, portal.settings)
    keys = latest(lambda: portal.issuer.keys.jwks)
    app.extensions[KEY] = Provider(server, discovery, keys)
    documents = {"/oauth2/jwks": keys, **dict.fromkeys(DISCOVERY, lambda: discovery)}
    app.wsgi_app = PreparedDocuments(app.wsgi_app, portal, documents)  # type: ignore[method-assign]


def provider() -> Provider:
    return cast(Provider, current_app.extensions[KEY])


def acting_client(client: ClientSnapshot) -> Actor:
    """A client that has proved itself, for the audit log."""
    return _caller(kind_is_client=True, label=client.client_name, client_pk=client.id)


def unknown_caller() -> Actor:
    """A program that has proved nothing."""
    return _caller(kind_is_client=False, label="Unknown app", client_pk=None)


def _caller(*, kind_is_client: bool, label: str, client_pk: UUID | None) -> Actor:
    return Actor(
        kind="client" if kind_is_client else "anonymous",
        id=client_pk,
        label=label,
        client_id=client_pk,
        ip=client_ip(),
        user_agent=request.user_agent.string[:200] or None,
        request_id=request_id(),
    )
