"""Tests talk to this machine only; a socket that leaves it is a failure, in whatever library it hides."""

import ipaddress
import socket
import sys
from typing import Any

LOCAL_NAMES = frozenset({"", "localhost", "localhost.localdomain"})


class OutsideLoopbackError(Exception):
    """The code under test tried to reach another machine."""


def keep_inside() -> None:
    """From now on, in this process, without a way back."""
    sys.addaudithook(_watch)


def _watch(event: str, details: tuple[Any, ...]) -> None:
    """Called by the interpreter for each security-relevant act, of which three matter here."""
    if event in {"socket.connect", "socket.sendto"}:
        address = details[1]
        if isinstance(address, tuple) and not _is_local(str(address[0])):
            raise OutsideLoopbackError(f"{event} to {address[0]}: tests reach loopback addresses only")
    elif event == "socket.getaddrinfo":
        host = details[0].decode() if isinstance(details[0], bytes) else str(details[0] or "")
        if _address(host) is None and not _is_local(host):
            # what a machine without a network says, so that the code's own answer to it is what is tested
            raise socket.gaierror(socket.EAI_NONAME, f"{host}: tests look up local names only")


def _is_local(host: str) -> bool:
    address = _address(host)
    if address is None:
        return host in LOCAL_NAMES or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
