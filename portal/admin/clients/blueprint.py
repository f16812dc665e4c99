"""Where the pages about apps hang, and what they all show of one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, url_for

from portal.admin.console import page
from portal.clients.repository import Client
from portal.http.pages import see_other

clients = Blueprint("admin_clients", __name__)

KIND_NAMES = {
    "web": "Web server",
    "spa": "Single-page app",
    "native": "Native app",
    "service": "Service",
    "fapi2": "FAPI 2.0",
    "legacy": "Old OpenID app",
}
PROOFS = {
    "none": "Nothing, it keeps no secret",
    "client_secret_basic": "Secret in the header",
    "client_secret_post": "Secret in the body",
    "private_key_jwt": "Assertion under its own key",
    "tls_client_auth": "Certificate of an authority",
    "self_signed_tls_client_auth": "Certificate of its own",
}


def app_page(template: str, client: Client, *, tab: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
    """A page about one app, under its name and its tabs."""
    return page(
        f"admin/clients/{template}.html",
        status=status,
        client=client,
        kind_name=KIND_NAMES[client.kind],
        proof=PROOFS.get(client.token_endpoint_auth_method, client.token_endpoint_auth_method),
        tab=tab,
        **context,
    )


def to_app(client_pk: UUID, page_name: str = "detail") -> Response:
    """Back to one of the app's pages, after a change."""
    return see_other(url_for(f"admin_clients.{page_name}", client_pk=client_pk))
