"""A request that its client hands in itself, judged as at the authorization endpoint (RFC 9126 section 2.1)."""

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Request

from portal.clients.snapshots import ClientSnapshot
from portal.grants.schemas import AuthorizationRequest
from portal.oauth.authorization.reading.judging import judge
from portal.oauth.authorization.reading.sources import signed_or_plain
from portal.oauth.authorization.reading.ways_back import MAX_STATE, is_registered
from portal.oauth.parameters import Parameters
from portal.oauth.requests import ProtocolRequest


def read_pushed_request(
    request: Request, parameters: Parameters, client: ClientSnapshot
) -> tuple[Parameters, AuthorizationRequest]:
    """The parameters that count, and what they ask for.

    Raises:
        OAuth2Error: they would be refused at the authorization endpoint too, or never get there.
    """
    if parameters.get("request_uri") is not None:
        raise InvalidRequestError("A pushed request can not refer to another one: leave the request_uri out.")
    sent = {**parameters.values, "client_id": client.client_id}
    own = signed_or_plain(Parameters(values=sent, several=parameters.several), client)
    state, redirect_uri = own.get("state"), own.get("redirect_uri")
    if state is not None and len(state) > MAX_STATE:
        raise InvalidRequestError(f"The state is longer than {MAX_STATE} characters.")
    if redirect_uri is None:
        raise InvalidRequestError("The redirect_uri is missing.")
    if not is_registered(redirect_uri, client):
        raise InvalidRequestError("The redirect_uri is not registered for this client.")
    try:
        return own, judge(ProtocolRequest(request, own), client, redirect_uri)
    except OAuth2Error as error:
        # Authlib's would answer with a redirect; here a program listens
        raise OAuth2Error(error=error.error, description=error.get_error_description()) from error
