"""Which one method a request uses."""

from authlib.oauth2.rfc6749 import InvalidRequestError

from portal.oauth.client_authentication.assertions import read_assertion
from portal.oauth.client_authentication.certificates import BY_AUTHORITY, SELF_SIGNED
from portal.oauth.client_authentication.errors import ClientRefusedError
from portal.oauth.client_authentication.grants import ASSERTION, is_grant, read_grant
from portal.oauth.client_authentication.presented import Presented
from portal.oauth.client_authentication.secrets import POST, read_basic
from portal.oauth.requests import ProtocolRequest

PUBLIC = "none"


def read_presented(request: ProtocolRequest) -> Presented:
    """What is presented, in the header or the body.

    Raises:
        ClientRefusedError: nothing, or nothing that could be right.
        InvalidRequestError: two methods at once (RFC 6749 section 2.3).
    """
    header, form = request.headers.get("Authorization"), request.form
    client_id, secret, assertion = (
        form.get(name) for name in ("client_id", "client_secret", "client_assertion")
    )
    is_asserted = assertion is not None or "client_assertion_type" in form
    if (header is not None) + (secret is not None) + is_asserted > 1:
        raise InvalidRequestError("Two client authentication methods are used at once.")
    if is_asserted:
        return read_assertion(assertion or "", form.get("client_assertion_type"), claimed=client_id)
    if header is not None:
        given = read_basic(header)
        if client_id is not None and client_id != given.client_id:
            raise InvalidRequestError("The client_id differs from that in the Authorization header.")
        return given
    if secret is None and is_grant(form, endpoint=request.uri):
        return read_grant(form[ASSERTION], claimed=client_id)
    if client_id is None:
        raise ClientRefusedError("Client authentication is missing.")
    if secret is not None:
        return Presented(methods=(POST,), client_id=client_id, secret=secret)
    return Presented(methods=(PUBLIC, BY_AUTHORITY, SELF_SIGNED), client_id=client_id)
