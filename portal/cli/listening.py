"""Where a start will listen: tried before anything is made or said, so that a taken port costs one line."""

import errno
import socket
from collections.abc import Iterable
from typing import Final

from portal.cli.exits import StartFailed

_ELSEWHERE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


def ensure_can_listen(addresses: Iterable[object]) -> None:
    """Try each host and port as the server will; sockets that have a path are its own affair.

    Raises:
        StartFailed: with the setting and the fix.
    """
    for address in addresses:
        match address:
            case (str(host), int(port), *_):
                _try(host, port)


def _try(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as problem:
            raise StartFailed(why_not(problem, host, port)) from None


def why_not(problem: OSError, host: str, port: int) -> str:
    """One line that names the setting and the fix."""
    if isinstance(problem, socket.gaierror) or problem.errno in _ELSEWHERE:
        return f"PORTAL_BIND: {host} is no address of this machine; give 127.0.0.1, ::1, or 0.0.0.0 for all of them"
    if problem.errno == errno.EADDRINUSE:
        return f"PORT: {port} on {host} is taken by another program; stop that one, or set another PORT"
    if problem.errno == errno.EACCES:
        return f"PORT: {port} is for root only on this machine; set one above 1023"
    return (
        f"PORT: nobody can listen on {port} of {host} ({problem.strerror}); set another PORT or PORTAL_BIND"
    )
