"""A request at the authorization endpoint."""

from authlib.oauth2 import OAuth2Error
from flask import Request

from portal.clients.snapshots import ClientSnapshot
from portal.grants.schemas import AuthorizationRequest
from portal.grants.usecases.pushed_requests import use_up
from portal.http.context import unit_of_work
from portal.oauth.authorization import refused
from portal.oauth.authorization.reading.judging import judge
from portal.oauth.authorization.reading.sources import Source, source_of
from portal.oauth.authorization.reading.ways_back import known_client, told, way_back
from portal.oauth.parameters import Parameters, query_of
from portal.oauth.requests import ProtocolRequest


def read_authorization_request(request: Request) -> tuple[AuthorizationRequest, ClientSnapshot]:
    """The request and its client.

    Raises:
        RequestRefusedError: answered by a page.
        ToldToClientError: answered by a redirect.
        RequestAnswered: it was pushed, and another answer was faster.
    """
    outer = query_of(request)
    client = known_client(outer)
    try:
        source = source_of(outer, client)
    except OAuth2Error as error:
        raise _unusable(error, outer, client) from error
    return _judged(request, source, client), client


def _judged(request: Request, source: Source, client: ClientSnapshot) -> AuthorizationRequest:
    redirect_uri = way_back(source.parameters, client)
    try:
        judged = judge(ProtocolRequest(request, source.parameters), client, redirect_uri)
    except OAuth2Error as error:
        if source.pushed_id is not None:  # an error is an answer too
            with unit_of_work() as uow:
                use_up(uow, source.pushed_id)
        raise told(error, parameters=source.parameters, client=client, redirect_uri=redirect_uri) from error
    return judged.model_copy(update={"pushed_id": source.pushed_id})


def _unusable(error: OAuth2Error, outer: Parameters, client: ClientSnapshot) -> Exception:
    """What becomes of a request of which only the address itself counts: nothing inside was found to be the client's.

    Raises:
        RequestRefusedError: the address names a way back that is not the client's.
    """
    if outer.get("redirect_uri") is None:
        return refused.request_unusable(client, error.error, error.get_error_description())
    return told(error, parameters=outer, client=client, redirect_uri=way_back(outer, client))
