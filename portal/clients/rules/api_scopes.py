"""Scopes of the portal's own APIs: what a token may be used for here, in the name of its person.

A scope never gives more than the person has: each operation asks for its scope and for their permission.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, get_args

ApiScope = Literal[
    "account:read",
    "account:write",
    "users:read",
    "users:write",
    "groups:read",
    "groups:write",
    "roles:read",
    "roles:write",
    "clients:read",
    "clients:write",
    "sessions:read",
    "sessions:write",
    "audit:read",
    "keys:read",
    "keys:write",
    "requests:read",
    "requests:write",
    "reviews:read",
    "reviews:write",
]
API_SCOPES: Final[tuple[ApiScope, ...]] = get_args(ApiScope)
OF_ONESELF: Final[frozenset[ApiScope]] = frozenset(
    {"account:read", "account:write", "requests:read", "requests:write", "reviews:read", "reviews:write"}
)
"""What makes sense for people who manage nobody but themselves, and are asked now and then to look at others."""

WORDS: Final[Mapping[ApiScope, str]] = {
    "account:read": "See your account",
    "account:write": "Change your account",
    "users:read": "See people",
    "users:write": "Add, change and disable people",
    "groups:read": "See groups and who is in them",
    "groups:write": "Change groups and who is in them",
    "roles:read": "See roles, resources, permissions and who holds them",
    "roles:write": "Change roles, resources, permissions and who holds them",
    "clients:read": "See apps and what people allowed them",
    "clients:write": "Change apps, and disconnect people from them",
    "sessions:read": "See who is signed in",
    "sessions:write": "Sign people out",
    "audit:read": "Read the audit log",
    "keys:read": "See the signing keys",
    "keys:write": "Rotate and revoke signing keys",
    "requests:read": "See requests for access",
    "requests:write": "Ask for access, and answer requests",
    "reviews:read": "See reviews of access",
    "reviews:write": "Start reviews of access, and decide in them who keeps it",
}
"""As people read them when they allow an app something, or make a token for a script."""


def api_scopes_in(scopes: Collection[str]) -> Sequence[ApiScope]:
    """Those that are about the portal's own APIs, in our order."""
    return [scope for scope in API_SCOPES if scope in scopes]
