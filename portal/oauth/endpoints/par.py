"""Pushed authorization requests (RFC 9126): a client hands its request in before it sends the browser."""

from authlib.oauth2 import OAuth2Error
from flask import Response, request

from portal.grants.usecases.pushed_requests import push_request
from portal.http.context import unit_of_work
from portal.http.throttles import throttle
from portal.infra.rate_limit import AUTHORIZE, TOKEN
from portal.oauth.authorization.reading import kept, read_pushed_request
from portal.oauth.endpoints.token import authenticated_form
from portal.oauth.provider import acting_client
from portal.oauth.refusals import protocol_errors
from portal.oauth.requests import ProtocolRequest
from portal.oauth.responses import json_answer


@protocol_errors
def push() -> Response:
    """201 with a reference that only this client's browsers can use, and only until one of them has its answer."""
    throttle("par", TOKEN)
    asked = authenticated_form()
    client = asked.snapshot
    if (
        client.is_public
    ):  # whoever knows its name is it, so what anybody may leave here is what anybody may ask for
        throttle("par_public", AUTHORIZE)
    parameters, judged = read_pushed_request(request, asked.parameters, client)
    dpop_jkt = _bound_to(asked, judged.dpop_jkt)
    with unit_of_work(acting_client(client)) as uow:
        reference = push_request(uow, client, kept(parameters), dpop_jkt=dpop_jkt)
        seconds = uow.ports.settings.request_uri_seconds
    return json_answer({"request_uri": reference, "expires_in": seconds}, 201)


def _bound_to(asked: ProtocolRequest, named: str | None) -> str | None:
    """The key that has to redeem the code: named, proved at once, or both, and then the same (RFC 9449 section 10.1).

    Raises:
        OAuth2Error: they differ.
    """
    proved = (asked.confirmation or {}).get("jkt")
    if proved is not None and named is not None and proved != named:
        raise OAuth2Error(
            error="invalid_dpop_proof",
            description="The DPoP proof is of another key than the dpop_jkt names.",
        )
    return proved or named
