"""Where an outgoing fetch may go: pure rules about URLs and addresses, against requests into the house (SSRF)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

MAX_URL_LENGTH: Final = 2_000
# A URI is written with these only (RFC 3986 2): no blank, control, backslash, fragment or other script.
_URI: Final = re.compile(r"https?://[A-Za-z0-9._~%!$&'()*+,;=:/?\[\]@-]+")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# "127.1", "0x7f000001" and "2130706433" are addresses to a resolver, and to nobody else.
_ENDS_IN_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_LOOPBACK_IPV4: Final = IPv4Network("127.0.0.0/8")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# The special-purpose registries of RFC 6890; what `is_global` says differs between versions of Python.
_SPECIAL_IPV4: Final = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),  # carrier-grade NAT
    _LOOPBACK_IPV4,
    IPv4Network("169.254.0.0/16"),  # link-local, and the metadata services of clouds
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.0.2.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("198.18.0.0/15"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv4Network("224.0.0.0/3"),  # multicast, reserved, broadcast
)
# Outside it lie loopback, local, multicast, mapped (::ffff:0:0/96) and translated (64:ff9b::/96) addresses.
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")
_SPECIAL_IPV6: Final = (
    IPv6Network("2001::/23"),  # Teredo and other protocol assignments
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address inside
    IPv6Network("3fff::/20"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart once; what is fetched is built from these parts and never parsed again."""

    scheme: str
    host: str
    port: int
    path: str
    is_loopback: bool

    @property
    def authority(self) -> str:
        """For the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def permits(self, address: str) -> bool:
        """Whether the host may have this address: a public one, or a loopback one for an allowed loopback host."""
        return is_loopback(address) if self.is_loopback else is_public(address)


def target_of(url: str, *, loopback_hosts: Collection[str]) -> Target | None:
    """The parts of a URL that may be fetched; None if its form alone forbids it."""
    if len(url) > MAX_URL_LENGTH or not _URI.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    loopback = host in loopback_hosts
    written = f"[{host}]" if ":" in host else host
    if port == 0 or not _is_host(host) or (parts.scheme != "https" and not loopback):
        return None
    if parts.netloc.lower() != (written if port is None else f"{written}:{port}"):
        return None  # there is more to it than host and port
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], path, loopback)


def is_public(address: str) -> bool:
    """Whether an address lies on the public internet."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if ip.version == 4:
        return not any(ip in network for network in _SPECIAL_IPV4)
    return ip in _GLOBAL_IPV6 and not any(ip in network for network in _SPECIAL_IPV6)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own, written as such and not as IPv4 within IPv6."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return ip in _LOOPBACK_IPV4 if ip.version == 4 else str(ip) == "::1"


def _is_host(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return len(host) <= 253 and _NAME.fullmatch(host) is not None and not _ENDS_IN_NUMBER.fullmatch(host)
    return True
