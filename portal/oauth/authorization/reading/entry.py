"""Where a request comes from and where its answer may go: known before anything else in it is looked at."""

from typing import Final

from authlib.oauth2 import OAuth2Error
from flask import Request

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.response_types import mode_of_error
from portal.grants.rules.scopes import OPENID, scopes_of
from portal.grants.schemas import AuthorizationRequest, ResponseMode
from portal.http.context import current_portal
from portal.oauth.adapters import RelyingClient
from portal.oauth.authorization import refused
from portal.oauth.authorization.reading.judging import judge
from portal.oauth.parameters import Parameters
from portal.oauth.requests import ProtocolRequest

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


def read_authorization_request(request: Request) -> tuple[AuthorizationRequest, ClientSnapshot]:
    """The request and its client.

    Raises:
        RequestRefusedError: answered by a page.
        ToldToClientError: answered by a redirect.
    """
    asked = ProtocolRequest.of_query(request)
    client = known_client(asked.parameters)
    redirect_uri = _redirect_uri(asked.parameters, client)
    state = asked.parameters.get("state")
    if state is not None and len(state) > MAX_STATE:
        raise refused.state_too_long(len(state), MAX_STATE)
    try:
        return judge(asked, client, redirect_uri), client
    except OAuth2Error as error:
        raise ToldToClientError(
            error,
            client=client,
            redirect_uri=redirect_uri,
            state=state,
            response_mode=mode_of_error(
                asked.parameters.get("response_mode"), asked.parameters.get("response_type")
            ),
        ) from error


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
    client = current_portal().clients.current(client_id)
    if client is None:
        raise refused.client_unknown(client_id)
    if not client.is_active:
        raise refused.client_disabled(client)
    return client


def _redirect_uri(parameters: Parameters, client: ClientSnapshot) -> str:
    """Where the answer goes: exactly a registered address. Only plain OAuth may leave the only one out."""
    sent = parameters.get("redirect_uri")
    adapter = RelyingClient(client)
    if sent is None:
        default = adapter.get_default_redirect_uri()
        if default is None or OPENID in (scopes_of(parameters.get("scope")) or ()):
            raise refused.redirect_uri_missing(client)
        return default
    if len(sent) > MAX_REDIRECT_URI or not adapter.check_redirect_uri(sent):
        raise refused.redirect_uri_unregistered(client, sent)
    return sent
