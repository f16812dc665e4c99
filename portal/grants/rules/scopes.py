"""Scopes: what there is, what a text of them holds, what a client gets of it."""

import re
from collections.abc import Collection
from typing import Final

from portal.clients.rules.api_scopes import API_SCOPES

OPENID: Final = "openid"
PROFILE: Final = "profile"
EMAIL: Final = "email"
ADDRESS: Final = "address"
PHONE: Final = "phone"
OFFLINE_ACCESS: Final = "offline_access"
ROLES: Final = "roles"
GROUPS: Final = "groups"
PERMISSIONS: Final = "permissions"

SUPPORTED: Final = (
    OPENID, PROFILE, EMAIL, ADDRESS, PHONE, OFFLINE_ACCESS, ROLES, GROUPS, PERMISSIONS, *API_SCOPES,
)  # fmt: skip

OPTIONAL: Final = frozenset({ROLES, GROUPS, PERMISSIONS})
"""People may untick these; an app works without them."""

# scope-token of RFC 6749 section 3.3
_TOKEN: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")


def scopes_of(text: str | None) -> tuple[str, ...] | None:
    """The scopes in a space-separated text, each once, in its order; None if it is malformed."""
    tokens = (text or "").split(" ")
    wanted = [token for token in tokens if token]
    return tuple(dict.fromkeys(wanted)) if all(_TOKEN.fullmatch(token) for token in wanted) else None


def allowed_of(wanted: Collection[str], *, registered: Collection[str]) -> tuple[str, ...]:
    """What remains of a wish: scopes that exist and that the client is registered for.

    The rest is left out without an error (OpenID Connect Core 3.1.2.1); the answer names the scope it was given.
    """
    return tuple(scope for scope in wanted if scope in SUPPORTED and scope in registered)
