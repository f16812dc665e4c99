"""Who speaks for a client: exactly one method, and the one that it is registered for (RFC 6749 section 2.3).

For a new endpoint there is nothing to do but to ask `endpoints.token.authenticated_form()`: it answers with a
`ProtocolRequest` whose `snapshot` is the client, and whose `confirmation` is the key that was proved beside (`dpop`,
`client_certificates`). What may come once only (the `jti` of an assertion, of a proof) is used up there; a door that
opens a unit of work of its own says `will_act=True`, sets `asked.unit`, and it is used up in that transaction.

`METHODS` are all of them, `CONFIDENTIAL` those that prove something, `methods_offered` those that can work with the
portal's settings. `authenticate_client` is for Authlib's server.
"""

from portal.oauth.client_authentication.errors import AssertionRefusedError, ClientRefusedError
from portal.oauth.client_authentication.methods import (
    CONFIDENTIAL,
    METHODS,
    authenticate_client,
    methods_offered,
)
from portal.oauth.client_authentication.presented import JWT_BEARER, Proven

__all__ = [
    "CONFIDENTIAL",
    "JWT_BEARER",
    "METHODS",
    "AssertionRefusedError",
    "ClientRefusedError",
    "Proven",
    "authenticate_client",
    "methods_offered",
]
