"""Whom a request is from and where its answer may go: known before anything else in it is looked at."""

from typing import Final

from authlib.oauth2 import OAuth2Error

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.response_types import mode_of_error
from portal.grants.rules.scopes import OPENID, scopes_of
from portal.grants.schemas import ResponseMode
from portal.oauth.adapters import RelyingClient
from portal.oauth.authorization import refused
from portal.oauth.client_documents import DocumentRefusedError, client_of
from portal.oauth.parameters import Parameters

MAX_STATE: Final = 2000
MAX_REDIRECT_URI: Final = 2000


class ToldToClientError(Exception):
    """An error that goes back to the client, to an address that is known to be its own."""

    def __init__(
        self,
        error: OAuth2Error,
        *,
        client: ClientSnapshot,
        redirect_uri: str,
        state: str | None,
        response_mode: ResponseMode,
    ) -> None:
        super().__init__(error.error)
        self.error, self.client = error, client
        self.redirect_uri, self.state, self.response_mode = redirect_uri, state, response_mode


def known_client(parameters: Parameters) -> ClientSnapshot:
    """The client as it is now: what people are about to trust is never an older copy.

    Raises:
        RequestRefusedError: it is missing, unknown or switched off, or the parameters are no use at all.
    """
    if parameters.problem:
        raise refused.malformed(parameters.problem)
    client_id = parameters.get("client_id")
    if client_id is None:
        raise refused.client_missing()
    try:
        client = client_of(client_id)
    except DocumentRefusedError as unusable:
        raise refused.document_unusable(client_id, unusable.reason) from None
    if client is None:
        raise refused.client_unknown(client_id)
    if not client.is_active:
        raise refused.client_disabled(client)
    return client


def is_registered(redirect_uri: str, client: ClientSnapshot) -> bool:
    return len(redirect_uri) <= MAX_REDIRECT_URI and RelyingClient(client).check_redirect_uri(redirect_uri)


def way_back(parameters: Parameters, client: ClientSnapshot) -> str:
    """Where the answer goes: exactly a registered address. Only plain OAuth may leave the only one out.

    Raises:
        RequestRefusedError: there is none, or it could not carry the state.
    """
    state = parameters.get("state")
    if state is not None and len(state) > MAX_STATE:
        raise refused.state_too_long(len(state), MAX_STATE)
    sent = parameters.get("redirect_uri")
    if sent is None:
        default = RelyingClient(client).get_default_redirect_uri()
        if default is None or OPENID in (scopes_of(parameters.get("scope")) or ()):
            raise refused.redirect_uri_missing(client)
        return default
    if not is_registered(sent, client):
        raise refused.redirect_uri_unregistered(client, sent)
    return sent


def told(
    error: OAuth2Error, *, parameters: Parameters, client: ClientSnapshot, redirect_uri: str
) -> ToldToClientError:
    """An error on its way to a known address, in the way that these parameters asked for."""
    mode = mode_of_error(parameters.get("response_mode"), parameters.get("response_type"))
    return ToldToClientError(
        error, client=client, redirect_uri=redirect_uri, state=parameters.get("state"), response_mode=mode
    )
