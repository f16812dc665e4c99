"""Which redirect URIs an app may register, and which of them a request may use.

Registered addresses are compared byte for byte (RFC 9700 section 2.1), so the rules for registering only
have to keep out what a browser would read differently than we do.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from portal.clients.rules.presets import ClientKind
from portal.clients.rules.uris import Uri, split_uri

MAX_LENGTH: Final = 2000
MAX_COUNT: Final = 20
LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

# What we append to the query ourselves; an address that brings its own would let two readers see two answers
ANSWER_PARAMETERS: Final = frozenset({
    "code", "state", "iss", "error", "error_description", "error_uri", "id_token", "access_token",
    "token_type", "expires_in", "response", "session_state",
})  # fmt: skip

MESSAGES: Final[dict[str, str]] = {
    "empty": "Give an address",
    "too_long": f"Use at most {MAX_LENGTH} characters",
    "characters": "Use only the characters of a web address; others are written as %20 and the like",
    "no_scheme": "Begin with https://",
    "http": "Use https; plain http is for localhost, 127.0.0.1 and [::1] only",
    "scheme": "Begin with https:// (only native apps have schemes of their own)",
    "scheme_without_dot": "Use https, or a scheme made of your domain name, like com.example.app",
    "no_path": "Add a path after the scheme, like com.example.app:/callback",
    "userinfo": "Leave out the user name before the host",
    "host": "Give a full host name, like app.example.com",
    "port": "Use a port from 1 to 65535",
    "fragment": "Leave out the # and what follows it",
    "wildcard": "Leave out the *; addresses are compared exactly, so register each one",
    "dot_segments": "Leave out . and .. from the path",
    "answer_parameter": "Leave out code, state and the other parameters that the answer brings",
}

_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
_BROKEN_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9A-Fa-f]|7[Ff]|5[Cc])")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_OCTET = re.compile(r"0|[1-9][0-9]{0,2}")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]")
_FREE_PORT = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\])(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>[/?].*)?", re.DOTALL
)


def redirect_uri_problems(uri: str, *, kind: ClientKind) -> list[str]:
    """What keeps an app of this kind from registering this address, as codes; the first is the one to tell
    first.
    """
    if not uri:
        return ["empty"]
    if len(uri) > MAX_LENGTH:
        return ["too_long"]
    if not _CHARACTERS.fullmatch(uri) or _BROKEN_ENCODING.search(uri):
        return ["characters"]
    parts = split_uri(uri)
    problems = [*_scheme_problems(parts, kind), *_authority_problems(parts)]
    if parts.fragment is not None:
        problems.append("fragment")  # RFC 6749 section 3.1.2
    if "*" in uri:
        problems.append("wildcard")
    if _ENCODED_CONTROL.search(uri):
        problems.append("characters")
    if _has_dot_segments(parts.path):
        problems.append("dot_segments")
    if _parameter_names(parts.query) & ANSWER_PARAMETERS:
        problems.append("answer_parameter")
    return problems


def web_address_problems(uri: str) -> list[str]:
    """The same for an address that is only shown or linked to: a web page may have a fragment and any
    query.
    """
    harmless = {"fragment", "answer_parameter", "wildcard"}
    return [problem for problem in redirect_uri_problems(uri, kind="web") if problem not in harmless]


def redirect_uri_matches(sent: str, registered: Iterable[str], *, kind: str) -> bool:
    """Whether a request may use this address: byte for byte one of the registered ones.

    Only the port may differ, only for native apps, and only where both name the same loopback address over
    http (RFC 8252 section 7.3): the app takes whatever port is free at that moment. `localhost` has no such
    freedom, because it is a name (section 8.3).
    """
    return any(sent == one or (kind == "native" and _same_but_for_port(sent, one)) for one in registered)


def _same_but_for_port(sent: str, registered: str) -> bool:
    ours, theirs = _FREE_PORT.fullmatch(registered), _FREE_PORT.fullmatch(sent)
    return (
        ours is not None
        and theirs is not None
        and (ours["host"], ours["rest"]) == (theirs["host"], theirs["rest"])
        and int(theirs["port"] or 80) <= 65535
    )


def _scheme_problems(parts: Uri, kind: ClientKind) -> list[str]:
    """https; http on this machine; for native apps also a scheme of their own (RFC 8252 section 7)."""
    scheme = (parts.scheme or "").lower()
    if not _SCHEME.fullmatch(scheme):
        return ["no_scheme"]
    if scheme == "https":
        return []
    if scheme == "http":
        return [] if (parts.host or "").lower() in LOOPBACK_HOSTS else ["http"]
    if kind != "native":
        return ["scheme"]
    # a reversed domain name (RFC 8252 section 7.1): the dot also keeps out javascript:, data:, file: and
    # every scheme a browser acts upon
    if "." not in scheme:
        return ["scheme_without_dot"]
    return [] if parts.path.startswith("/") or parts.host else ["no_path"]


def _authority_problems(parts: Uri) -> list[str]:
    problems = []
    if parts.userinfo is not None:
        problems.append("userinfo")
    # only a scheme of the app's own may do without a host: com.example.app:/callback
    if (parts.host or (parts.scheme or "").lower() in {"http", "https"}) and not is_host(parts.host or ""):
        problems.append("host")
    if parts.port is not None and not _is_port(parts.port):
        problems.append("port")
    return problems


def is_host(host: str) -> bool:
    """A name of ASCII labels, a dotted quad or a bracketed IPv6 address, and nothing a browser would rewrite.

    A name whose last label is a number (`0x7f.1`, `2130706433`) is an IPv4 address to a browser (WHATWG URL).
    """
    if host.startswith("["):
        return _IPV6.fullmatch(host) is not None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    if _NUMBER.fullmatch(labels[-1]):
        return len(labels) == 4 and all(_OCTET.fullmatch(label) and int(label) <= 255 for label in labels)
    return True


def _is_port(port: str) -> bool:
    return port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535


def _has_dot_segments(path: str) -> bool:
    """`..`, also encoded or with a parameter (`..;x`): browsers and servers resolve them, each in its own
    way.
    """
    return any(unquote(segment).partition(";")[0] in {".", ".."} for segment in re.split(r"/|%2[Ff]", path))


def _parameter_names(query: str | None) -> set[str]:
    return {unquote(pair.partition("=")[0]) for pair in (query or "").split("&")}
