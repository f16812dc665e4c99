"""Claims: which scope stands for which, what they say about a person, and the `claims` parameter."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from portal.accounts.models import User
from portal.grants.rules.scopes import ADDRESS, EMAIL, GROUPS, PERMISSIONS, PHONE, PROFILE, ROLES
from portal.grants.schemas import RequestedClaims

# OpenID Connect Core 5.4; `roles` and `groups` as in RFC 9068 section 2.2.3.1
CLAIMS_OF_SCOPE: Final[Mapping[str, tuple[str, ...]]] = {
    PROFILE: (
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
        "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
    ),
    EMAIL: ("email", "email_verified"),
    ADDRESS: ("address",),
    PHONE: ("phone_number", "phone_number_verified"),
    ROLES: ("roles",),
    GROUPS: ("groups",),
    PERMISSIONS: ("permissions",),
}  # fmt: skip
ACCESS_CLAIMS: Final = ("roles", "groups", "permissions")
"""What the person holds here: lists, always of this moment, and bound to when each thing in them ends."""
OFFERED: Final = tuple(claim for claims in CLAIMS_OF_SCOPE.values() for claim in claims)
PROTOCOL_CLAIMS: Final = (
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
    "txn",
)
_READ: Final = frozenset((*OFFERED, "sub", "acr"))
MAX_CLAIMS_PARAMETER: Final = 4000
NUL: Final = "\\u0000"
"""As JSON writes it; no database keeps it."""


class ClaimsMalformed(ValueError):
    """The `claims` parameter is not what OpenID Connect Core 5.5 describes; the text says why."""


def names_of(scopes: Collection[str], *, further: Collection[str] = ()) -> frozenset[str]:
    """Names of the claims behind scopes, and of those asked for one by one."""
    of_scopes = {claim for scope in scopes for claim in CLAIMS_OF_SCOPE.get(scope, ())}
    return frozenset(of_scopes | {claim for claim in further if claim in OFFERED})


def access_claims_of(scopes: Collection[str], *, further: Collection[str] = ()) -> frozenset[str]:
    """The same, of what the person holds."""
    return names_of(scopes, further=further) & frozenset(ACCESS_CLAIMS)


def claims_about(
    user: User, names: Collection[str], *, held: Mapping[str, list[str]] | None = None
) -> dict[str, Any]:
    """The named claims about a person. What has no value is left out: neither null nor empty (Core 5.3.2).

    `held` is told as it is, an empty list too: that somebody is in no group is an answer.
    """
    everything: dict[str, Any] = {
        "name": user.name,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "middle_name": user.middle_name,
        "nickname": user.nickname,
        "preferred_username": user.username,
        "profile": user.profile,
        "picture": user.picture,
        "website": user.website,
        "gender": user.gender,
        "birthdate": user.birthdate.isoformat() if user.birthdate else None,
        "zoneinfo": user.zoneinfo,
        "locale": user.locale,
        "updated_at": int(user.updated_at.timestamp()),
        "email": user.email,
        "email_verified": user.email_verified,
        "address": _address(user.address),
        "phone_number": user.phone_number,
        "phone_number_verified": user.phone_number_verified_at is not None if user.phone_number else None,
    }
    told = {name: value for name, value in everything.items() if name in names and value not in (None, "")}
    return told | {name: value for name, value in (held or {}).items() if name in names}


def _address(members: Mapping[str, str] | None) -> dict[str, str] | None:
    """The address claim (5.1.1): its members, and the whole of it as one would write it on a letter."""
    if not members:
        return None
    town = " ".join(members[part] for part in ("postal_code", "locality") if part in members)
    lines = (members.get("street_address"), town, members.get("region"), members.get("country"))
    return {"formatted": "\n".join(line for line in lines if line), **members}


def parse_claims(text: str | None) -> RequestedClaims:
    """Read the `claims` parameter (OpenID Connect Core 5.5); names that nobody offers are left out.

    Only for `sub` and `acr` do values matter: for anything else the client is told what is so (5.5.1).

    Raises:
        ClaimsMalformed: it is no JSON object of objects.
    """
    if not text:
        return RequestedClaims()
    if len(text) > MAX_CLAIMS_PARAMETER:
        raise ClaimsMalformed("claims is too long")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ClaimsMalformed("claims is not valid JSON") from None
    if NUL in text:
        raise ClaimsMalformed("claims holds a character that can not be kept")
    userinfo, id_token = _members(document, "userinfo"), _members(document, "id_token")
    acr = id_token.get("acr") or {}
    return RequestedClaims(
        userinfo=tuple(name for name in OFFERED if name in userinfo),
        id_token=tuple(name for name in OFFERED if name in id_token),
        subject=_subject(userinfo.get("sub") or {}, id_token.get("sub") or {}),
        essential_acr=_values(acr) if acr.get("essential") is True else (),
    )


def _subject(*requests: Mapping[str, Any]) -> str | None:
    """The only person who will do: both places have to mean the same one, for there is one sign-in."""
    named = {value for request in requests for value in _values(request)}
    if len(named) > 1:
        raise ClaimsMalformed("claims names more than one sub")
    return next(iter(named), None)


def _members(document: object, name: str) -> dict[str, dict[str, Any] | None]:
    if not isinstance(document, dict):
        raise ClaimsMalformed("claims is not a JSON object")
    members = {} if document.get(name) is None else document[name]
    if not isinstance(members, dict) or not all(
        value is None or isinstance(value, dict) for known, value in members.items() if known in _READ
    ):
        raise ClaimsMalformed(f"claims has a member {name} that is not an object of claim requests")
    return members


def _values(request: Mapping[str, Any]) -> tuple[str, ...]:
    given = request["values"] if isinstance(request.get("values"), list) else [request.get("value")]
    return tuple(value for value in given if isinstance(value, str))
