"""Tokens that only their client can open: it asks for that at registration, and publishes the key.

A key at an address is fetched before a transaction begins (`make_ready`); within one, only what is at hand counts.
"""

from typing import Literal, TypeAlias

from authlib.oauth2 import OAuth2Error

from portal.clients.snapshots import ClientSnapshot
from portal.grants.usecases.encryption import note_missing_key
from portal.http.context import current_portal
from portal.infra.actor import SYSTEM
from portal.infra.crypto.jwe import DEFAULT_CONTENT, encrypt
from portal.infra.crypto.public_keys import PublicKey

Text: TypeAlias = Literal["id_token", "userinfo"]


class KeyMissingError(OAuth2Error):  # type: ignore[misc]
    """The client asks for encryption and has no key for it. Nothing is sent in the clear instead."""

    error = "server_error"
    status_code = 500


def make_ready(client: ClientSnapshot, text: Text) -> None:
    """Have the client's key at hand before a transaction begins.

    Raises:
        KeyMissingError: there is none that can be used; that is remembered.
    """
    algorithm, _ = _asked(client, text)
    if algorithm is None or _key(client, algorithm, may_fetch=True) is not None:
        return
    with current_portal().unit_of_work(SYSTEM) as uow:
        note_missing_key(uow, client, algorithm=algorithm, text=text)
    raise _missing(text, algorithm)


def encrypted(client: ClientSnapshot, token: str, text: Text) -> str:
    """The signed token as the client asks for it: encrypted, or as it is.

    Raises:
        KeyMissingError: the key that `make_ready` had found is gone.
    """
    algorithm, content = _asked(client, text)
    if algorithm is None:
        return token
    key = _key(client, algorithm, may_fetch=False)
    if key is None:
        raise _missing(text, algorithm)
    return encrypt(token, key, algorithm=algorithm, content=content or DEFAULT_CONTENT)


def _asked(client: ClientSnapshot, text: Text) -> tuple[str | None, str | None]:
    switches = client.switches
    if text == "id_token":
        return switches.id_token_encrypted_response_alg, switches.id_token_encrypted_response_enc
    return switches.userinfo_encrypted_response_alg, switches.userinfo_encrypted_response_enc


def _key(client: ClientSnapshot, algorithm: str, *, may_fetch: bool) -> PublicKey | None:
    """The first that fits: a client that changes its key puts the new one in front."""
    keys = current_portal().client_keys.of(client, may_fetch=may_fetch)
    return next((key for key in keys if algorithm in key.encrypts), None)


def _missing(text: Text, algorithm: str) -> KeyMissingError:
    name = {"id_token": "ID token", "userinfo": "userinfo"}[text]
    return KeyMissingError(
        f"The {name} has to be encrypted by {algorithm}, and the client has no usable key for that."
    )
