"""An authorization request, read and judged: one check after the other, in the order that keeps people safe.

First what must never be answered by a redirect (client, redirect URI), then what the client is told by one.
"""

from portal.oauth.authorization.reading.entry import (
    MAX_STATE,
    ToldToClientError,
    known_client,
    read_authorization_request,
)

__all__ = ["MAX_STATE", "ToldToClientError", "known_client", "read_authorization_request"]
