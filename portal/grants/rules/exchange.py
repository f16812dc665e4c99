"""Token exchange (RFC 8693): who acts for whom, as tokens say it, and what remains of a token that is exchanged."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from portal.grants.rules.scopes import OFFLINE_ACCESS, allowed_of

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"

_TYPE: Final = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN: Final = f"{_TYPE}access_token"
REFRESH_TOKEN: Final = f"{_TYPE}refresh_token"
ID_TOKEN: Final = f"{_TYPE}id_token"
JWT: Final = f"{_TYPE}jwt"
TOKEN_TYPES: Final = (ACCESS_TOKEN, ID_TOKEN, JWT)
"""What may be handed in (section 3). A refresh token is its app's alone, and SAML is spoken by nobody here."""
ISSUED_TYPES: Final = (ACCESS_TOKEN, JWT)
"""What may come out: nobody stays connected, or is signed in, by an exchange."""

MOST_EXCHANGES: Final = 5
"""So many may lie between a token and the sign-in that it comes of: each costs one more look whenever it is used."""

DELEGATION: Final = "delegation"
IMPERSONATION: Final = "impersonation"

RESOURCE: Final = "token_exchange"
ACTION: Final = "create"
"""The permission of people who act for others through an app. Nobody has it before a role gives it: the resource has to
be made first.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who acts: an app for itself, or a person through an app, by the names that the exchanging app knows."""

    subject: str
    client_id: str

    @property
    def is_client(self) -> bool:
        return self.subject == self.client_id

    def acting(self, before: Mapping[str, Any] | None) -> dict[str, Any]:
        """The `act` claim: who acts now, and inside it who did before (section 4.1)."""
        acts: dict[str, Any] = {"sub": self.subject, "client_id": self.client_id}
        return acts | ({"act": dict(before)} if before else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What is left of a wish. `beyond` is what the exchanged token itself does not hold."""

    scope: str
    beyond: tuple[str, ...] = ()
    is_nothing: bool = field(default=False)
    """Something was asked for, and none of it remains."""


def may_act(named: object, party: Party, *, issuer: str) -> bool:
    """Whether a token whose `may_act` is this lets the party act (section 4.4): every claim that it names has to be the
    party's. One that says nothing leaves it to the policies; one that can't be understood lets nobody.
    """
    if named is None:
        return True
    if not isinstance(named, Mapping) or not named:
        return False
    own = {"sub": party.subject, "client_id": party.client_id, "iss": issuer}
    return all(name in own and own[name] == value for name, value in named.items())


def narrowed(wanted: Sequence[str], *, held: Collection[str], registered: Collection[str]) -> Narrowed:
    """The scope of the new token: what is wanted (everything, where nothing is said) of what the exchanged one holds
    and the app may have. Leave to outlive the session never passes on.
    """
    beyond = tuple(one for one in wanted if one not in held)
    within = allowed_of([one for one in wanted or held if one in held], registered=registered)
    kept = tuple(one for one in within if one != OFFLINE_ACCESS)
    return Narrowed(scope=" ".join(kept), beyond=beyond, is_nothing=bool(wanted) and not kept)


def targets(
    asked: Sequence[str], *, before: Sequence[str], registered: Collection[str]
) -> tuple[str, ...] | None:
    """Whom the new token is for, of those that the app may ask tokens for; None where that can't be. Without a word it
    is for whom the exchanged one was for: one that was for other APIs only never becomes one for the portal.
    """
    if not asked:
        kept = tuple(one for one in before if one in registered)
        return kept if kept or not before else None
    return tuple(dict.fromkeys(asked)) if set(asked) <= set(registered) else None
