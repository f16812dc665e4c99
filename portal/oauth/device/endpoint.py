"""The device authorization endpoint (RFC 8628 section 3.1), and a picture of where to go."""

import io
from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from flask import Response, request, url_for

from portal.clients.snapshots import is_current
from portal.grants.rules.scopes import OFFLINE_ACCESS
from portal.grants.rules.user_codes import shown, typed
from portal.grants.usecases.devices import GRANT_TYPE, begin_waiting
from portal.http.context import current_portal, unit_of_work
from portal.http.throttles import throttle
from portal.infra.errors import NotFound
from portal.infra.rate_limit import DEVICE
from portal.oauth.adapters import RelyingClient
from portal.oauth.endpoints.token import authenticated_form
from portal.oauth.provider import acting_client, provider
from portal.oauth.refusals import protocol_errors
from portal.oauth.requests import ProtocolRequest
from portal.oauth.responses import json_answer
from portal.oauth.targets import targets_of

USER_CODE = "user_code"
QR_BORDER = 4


@protocol_errors
def device_authorization() -> Response:
    """POST only, by a client that may have devices; it proves itself as at the token endpoint."""
    throttle("device", DEVICE)
    asked = authenticated_form(will_act=True)
    with unit_of_work(acting_client(asked.snapshot)) as uow:
        asked.unit = uow
        if not is_current(uow.asking, asked.snapshot):
            provider().server.authenticate_afresh(asked)
        client = asked.snapshot
        if GRANT_TYPE not in client.grant_types:
            raise UnauthorizedClientError("This client is not registered for the device grant.")
        resources = targets_of(asked, client.switches.resources, usual=False)
        waiting = begin_waiting(uow, client, scope=_scope(asked), resources=resources)
    return json_answer(
        {
            "device_code": waiting.device_code,
            "user_code": waiting.user_code,
            **_addresses(waiting.user_code),
            "expires_in": waiting.expires_in,
            "interval": waiting.interval,
        }
    )


def qr_code() -> Response:
    """The address with the code in it as a picture, for a device that can show one and not draw it. It says nothing but
    what was asked.
    """
    code = typed(request.args.get(USER_CODE, ""))
    if code is None:
        raise NotFound("There is no such code.")
    import segno  # noqa: PLC0415 - few visitors have a device to sign in

    picture = io.BytesIO()
    address = _addresses(shown(code))["verification_uri_complete"]
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", scale=4, border=QR_BORDER, light="#fff", xmldecl=False
    )
    response = Response(picture.getvalue(), content_type="image/svg+xml")
    response.headers["Cache-Control"] = "no-store"
    return response


def _addresses(user_code: str) -> dict[str, Any]:
    """Built from the configured address: Host says nothing about who we are."""
    base = current_portal().settings.base_url
    return {
        "verification_uri": f"{base}{url_for('oauth_pages.device')}",
        "verification_uri_complete": f"{base}{url_for('oauth_pages.device', user_code=user_code)}",
    }


def _scope(asked: ProtocolRequest) -> str:
    """What remains of the wish; there has to be something to agree to.

    Raises:
        InvalidScopeError: nothing does.
    """
    allowed = RelyingClient(asked.snapshot).get_allowed_scope(asked.form.get("scope"))
    refreshes = "refresh_token" in asked.snapshot.grant_types
    kept = [scope for scope in (allowed or "").split() if refreshes or scope != OFFLINE_ACCESS]
    if not kept:
        raise InvalidScopeError("None of the requested scopes is open to this client.")
    return " ".join(kept)
