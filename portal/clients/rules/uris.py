"""Addresses in parts, by the grammar of RFC 3986 alone.

One splitter for everything here, and a total one: it takes any text and never raises. Nothing is decoded,
folded or normalised, because what is compared must be what is stored.
"""

import re
from typing import NamedTuple

# RFC 3986 appendix B; DOTALL, so that a line break is just another character that the rules then refuse
_PARTS = re.compile(
    r"(?:(?P<scheme>[^:/?#]*):)?(?://(?P<authority>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)
_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>.*))?", re.DOTALL)


class Uri(NamedTuple):
    """The parts as written. None means absent, which is not empty: `https://a.example/?` has a query."""

    scheme: str | None
    userinfo: str | None
    host: str | None
    port: str | None
    path: str
    query: str | None
    fragment: str | None


def split_uri(text: str) -> Uri:
    """The parts of any text; joined again they give the text."""
    parts = _PARTS.fullmatch(text)
    if parts is None:  # the pattern matches every text
        return Uri(None, None, None, None, text, None, None)
    authority = parts["authority"]
    userinfo = host = port = None
    if authority is not None:
        # the last @ ends the user name, as in a browser (WHATWG URL), so `ok.example@evil.example` is
        # evil.example
        before, at, after = authority.rpartition("@")
        userinfo = before if at else None
        named = _PORT.fullmatch(after)
        host, port = (named["host"], named["port"]) if named else (after, None)
    return Uri(parts["scheme"], userinfo, host, port, parts["path"], parts["query"], parts["fragment"])


def origin_of(uri: str) -> str | None:
    """The web origin of an address (RFC 6454), as browsers write it: in lower case, without a default port."""
    parts = split_uri(uri)
    scheme, host = (parts.scheme or "").lower(), (parts.host or "").lower()
    if scheme not in {"http", "https"} or not host:
        return None
    is_default = parts.port in {None, "", {"http": "80", "https": "443"}[scheme]}
    return f"{scheme}://{host}" if is_default else f"{scheme}://{host}:{parts.port}"
