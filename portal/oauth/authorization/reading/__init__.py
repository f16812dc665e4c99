"""An authorization request, read and judged: one check after the other, in the order that keeps people safe.

First what must never be answered by a redirect (client, redirect URI), then what the client is told by one.
"""

from portal.oauth.authorization.reading.entry import read_authorization_request
from portal.oauth.authorization.reading.pushing import read_pushed_request
from portal.oauth.authorization.reading.sources import kept
from portal.oauth.authorization.reading.ways_back import MAX_STATE, ToldToClientError, known_client

__all__ = [
    "MAX_STATE",
    "ToldToClientError",
    "kept",
    "known_client",
    "read_authorization_request",
    "read_pushed_request",
]
