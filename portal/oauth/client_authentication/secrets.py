"""`client_secret_basic` and `client_secret_post`: something that only the client and the portal's digest know."""

import base64
from typing import Final
from urllib.parse import unquote_plus

from portal.clients.snapshots import ClientSnapshot
from portal.oauth.client_authentication.errors import ClientRefusedError
from portal.oauth.client_authentication.presented import Desk, Presented, Proven

BASIC: Final = "client_secret_basic"
POST: Final = "client_secret_post"
MAX_CREDENTIALS: Final = 2000


def prove_by_secret(client: ClientSnapshot, given: Presented, desk: Desk) -> Proven:
    """One of the secrets that work now; several may, while one is rotated."""
    secret = client.secret_behind(given.secret or "", at=desk.at)
    if secret is None:
        raise given.refused("The client_secret is wrong.")
    return Proven(client, secret)


def read_basic(header: str) -> Presented:
    """Id and secret, each form-urlencoded before they were joined (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > MAX_CREDENTIALS:
        raise _no_credentials()
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        client_id, secret = (unquote_plus(part, errors="strict") for part in (client_id, secret))
    except ValueError:
        raise _no_credentials() from None
    if not colon or not client_id or "\x00" in client_id:
        raise _no_credentials()
    return Presented(methods=(BASIC,), client_id=client_id, secret=secret or None)


def _no_credentials() -> ClientRefusedError:
    return ClientRefusedError("The Authorization header holds no client credentials.", method=BASIC)
