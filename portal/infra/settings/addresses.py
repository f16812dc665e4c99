"""Addresses among the settings: what each may be, said before anything is built on it."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_EXAMPLE: Final = "for instance https://id.example.org"
_DATABASE: Final = "use sqlite:///path/to/file.db or postgresql://user:password@host/name"
_REDIS: Final = "use redis://host:6379/0 or rediss:// for TLS"
_SMTP: Final = "use smtps://user:password@host:465, smtp+starttls://host:587 or smtp://localhost:25"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.?")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+")
_SIGNER: Final = re.compile(r"https://[^\s?#@]+|unix:/\S+")
_MAILBOX: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+")


def issuer(value: str) -> str:
    """The public address, as browsers write it: an https URL without query or fragment (OpenID Connect Discovery 3),
    http only on loopback. Apps compare it to the letter, and so does the check of where a form came from.
    """
    if not value:
        return value
    parts = _split(value, f"that is no address; give it with its scheme, {_EXAMPLE}")
    host, port = parts.hostname or "", parts.port
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise ValueError(f"give the public address with its scheme, {_EXAMPLE}")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"leave out query, fragment and user name, {_EXAMPLE}")
    if parts.path not in {"", "/"}:
        raise ValueError("Portal lives at the root of its own host name; leave out the path")
    if not _is_host(host):
        raise ValueError(f"the host name can't be right; write it as browsers send it, {_EXAMPLE}")
    if parts.scheme == "http" and host not in LOOPBACK_HOSTS:
        raise ValueError("use https; plain http is for localhost only")
    name = f"[{host}]" if ":" in host else host
    suffix = f":{port}" if port not in {None, _DEFAULT_PORTS[parts.scheme]} else ""
    return f"{parts.scheme}://{name}{suffix}"


def database(value: str) -> str:
    """SQLite in a file, or PostgreSQL by the driver that comes along."""
    for scheme in ("postgres://", "postgresql://"):
        if value.startswith(scheme):
            value = "postgresql+psycopg://" + value.removeprefix(scheme)
    if value.startswith("sqlite:///"):
        file = value.removeprefix("sqlite:///").partition("?")[0]
        if file in {"", "/", ":memory:"}:
            raise ValueError("name a file: every process opens it by itself; sqlite:///path/to/file.db")
    elif not value.startswith("postgresql+psycopg://"):
        raise ValueError(_DATABASE)
    else:
        _split(value, f"the port is no number, or the password has to be percent-encoded; {_DATABASE}")
    return value


def redis(value: str | None) -> str | None:
    """A server by TCP, with TLS or without, or by its socket."""
    if not value:
        return None
    parts = _split(value, f"the port is no number, or the password has to be percent-encoded; {_REDIS}")
    number = parts.path.strip("/")
    is_server = parts.scheme in {"redis", "rediss"} and parts.hostname and (not number or number.isdecimal())
    if not is_server and not (parts.scheme == "unix" and parts.path):
        raise ValueError(_REDIS)
    return value


def mail_server(value: str | None) -> str | None:
    """TLS at once, TLS after a greeting, or none at all on this machine."""
    if not value:
        return None
    parts = _split(value, f"the port is no number, or the password has to be percent-encoded; {_SMTP}")
    if parts.scheme not in {"smtp", "smtps", "smtp+starttls"} or not parts.hostname:
        raise ValueError(_SMTP)
    return value


def webhook(value: str | None) -> str | None:
    """Something that can be posted to."""
    if value and not _split(value, "give an https address").hostname:
        raise ValueError("give an https address")
    if value and not value.startswith(("https://", "http://")):
        raise ValueError("give an https address")
    return value or None


def mailbox(value: str | None) -> str | None:
    """One address for mail."""
    if value and not _MAILBOX.fullmatch(value):
        raise ValueError("give one mail address, for instance audit@example.org")
    return value or None


def header(value: str | None) -> str | None:
    """A header that proxies pass on; many drop names with an underscore."""
    if value and not _HEADER.fullmatch(value):
        raise ValueError(
            "give the name of a header in letters, digits and hyphens, for instance X-Client-Cert"
        )
    return value or None


def signer(value: str | None) -> str | None:
    """Where keys are kept, by TLS or on this machine; its password has a setting of its own."""
    if value and not _SIGNER.fullmatch(value):
        raise ValueError(
            "give https://signer.example.org or unix:/path/of/the.sock, without password and query"
        )
    return value or None


def listening(value: str) -> str:
    """Where to listen: an address of this machine, or its name."""
    bare = value.removeprefix("[").removesuffix("]")
    if not _is_host(bare.lower()):
        raise ValueError("give an address of this machine: 127.0.0.1, ::1, or 0.0.0.0 for all of them")
    return bare


def _is_host(text: str) -> bool:
    """An IP address or a name in ASCII; four numbers that are no address are no name either."""
    try:
        ip_address(text)
    except ValueError:
        return len(text) <= 253 and bool(_HOST.fullmatch(text)) and not text.replace(".", "").isdigit()
    return True


def _split(value: str, otherwise: str) -> SplitResult:
    """The parts of an address whose port, if there is one, is a port."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(otherwise) from None
    if port == 0:
        raise ValueError(otherwise)
    return parts
