"""Who speaks for a client: exactly one method, and the one that it is registered for (RFC 6749 section 2.3)."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from portal.clients.snapshots import ClientSnapshot, ClientSnapshots, SecretDigest
from portal.oauth.requests import ProtocolRequest

METHODS: Final = ("client_secret_basic", "client_secret_post", "none")
MAX_CREDENTIALS: Final = 2000


class ClientRefusedError(InvalidClientError):  # type: ignore[misc]
    """Nobody proved to be a client. `claimed` is whom they claimed to be; it may not even exist."""

    def __init__(self, description: str, *, claimed: str | None = None, method: str = "none") -> None:
        super().__init__(description=description, status_code=401)
        self.claimed, self.method = claimed, method


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was presented, and how."""

    method: str
    client_id: str
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proven:
    """A client that was proved to speak; by which of its secrets, where it has any."""

    client: ClientSnapshot
    secret: SecretDigest | None


def authenticate_client(
    request: ProtocolRequest, clients: ClientSnapshots, *, at: datetime, afresh: bool = False
) -> Proven:
    """The client that this request speaks for; `afresh` trusts no copy made before this moment.

    Raises:
        ClientRefusedError: nobody is it, or not by this method.
        InvalidRequestError: two methods at once.
    """
    given = _credentials(request)
    client = clients.reload(given.client_id) if afresh else clients.find(given.client_id)
    proven = _proven(client, given, at=at)
    if proven is not None:
        return proven
    if not afresh:  # the copy may be older than a new client or a new secret
        return authenticate_client(request, clients, at=at, afresh=True)
    if client is None or not client.is_active:
        raise ClientRefusedError(
            "No active client has this client_id.", claimed=given.client_id, method=given.method
        )
    if client.token_endpoint_auth_method != given.method:
        raise ClientRefusedError(
            f"This client is registered for {client.token_endpoint_auth_method}, and {given.method} was used.",
            claimed=given.client_id,
            method=given.method,
        )
    raise ClientRefusedError("The client_secret is wrong.", claimed=given.client_id, method=given.method)


def _proven(client: ClientSnapshot | None, given: Credentials, *, at: datetime) -> Proven | None:
    if client is None or client.token_endpoint_auth_method != given.method or not client.is_active:
        return None
    if client.is_public:
        return Proven(client, None)
    secret = client.secret_behind(given.secret or "", at=at)
    return Proven(client, secret) if secret is not None else None


def _credentials(request: ProtocolRequest) -> Credentials:
    header = request.headers.get("Authorization")
    client_id, secret = request.form.get("client_id"), request.form.get("client_secret")
    if "client_assertion" in request.form or "client_assertion_type" in request.form:
        raise ClientRefusedError("Client assertions are not supported.", claimed=client_id)
    if header is not None:
        if secret is not None:
            raise InvalidRequestError("Two client authentication methods are used at once.")
        given = _basic(header)
        if client_id is not None and client_id != given.client_id:
            raise InvalidRequestError("The client_id differs from that in the Authorization header.")
        return given
    if client_id is None:
        raise ClientRefusedError("Client authentication is missing.")
    return Credentials("none" if secret is None else "client_secret_post", client_id, secret)


def _basic(header: str) -> Credentials:
    """Id and secret, each form-urlencoded before they were joined (RFC 6749 section 2.3.1)."""
    refused = ClientRefusedError(
        "The Authorization header holds no client credentials.", method="client_secret_basic"
    )
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > MAX_CREDENTIALS:
        raise refused
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        client_id, secret = (unquote_plus(part, errors="strict") for part in (client_id, secret))
    except ValueError:
        raise refused from None
    if not colon or not client_id or "\x00" in client_id:
        raise refused
    return Credentials("client_secret_basic", client_id, secret or None)
