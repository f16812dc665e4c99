"""Client ids that are the address of the app's own metadata (IETF draft oauth-client-id-metadata-document)."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote

from portal.infra.fetch_rules import target_of

MAX_LENGTH: Final = 300
_DOTS: Final = frozenset({".", ".."})


def is_document_address(client_id: str, *, loopback: Collection[str] = ()) -> bool:
    """Whether a client id may be fetched: https, a host, and a path that leads to one place only. It is compared as it
    is written, so nothing in it may be written in two ways.
    """
    if len(client_id) > MAX_LENGTH or ":" not in client_id:
        return False
    target = target_of(client_id, loopback_hosts=loopback)
    if target is None or target.path == "/":
        return False
    path = target.path.partition("?")[0]
    return path != "/" and not any(unquote(part) in _DOTS for part in re.split(r"/|%2[Ff]", path))
