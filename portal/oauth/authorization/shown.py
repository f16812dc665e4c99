"""What the consent page says: each permission in plain words, with the very values that the app would see."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.accounts.services import User
from portal.clients.rules.api_scopes import WORDS, api_scopes_in
from portal.clients.rules.uris import split_uri
from portal.grants.repository.grants import Standing
from portal.grants.rules.authorization_details import Detail, lines_of, title_of
from portal.grants.rules.claims import CLAIMS_OF_SCOPE, claims_about
from portal.grants.rules.scopes import (
    ADDRESS,
    EMAIL,
    GROUPS,
    OFFLINE_ACCESS,
    OPTIONAL,
    PERMISSIONS,
    PHONE,
    PROFILE,
    ROLES,
)
from portal.grants.schemas import AuthorizationRequest

LABELS: Final = {
    "name": "Name", "given_name": "Given name", "family_name": "Family name", "middle_name": "Middle name",
    "nickname": "Nickname", "preferred_username": "Username", "profile": "Profile page", "picture": "Picture",
    "website": "Website", "gender": "Gender", "birthdate": "Birthdate", "zoneinfo": "Time zone",
    "locale": "Language", "email": "Email", "address": "Address", "phone_number": "Phone",
}  # fmt: skip
OF_THEIR_OWN: Final = frozenset({"email", "address", "phone_number"})
"""Claims that have a line of their own on the page."""
ALWAYS_SHOWN: Final = ("name", "preferred_username", "picture")
"""Named even when empty, so that nobody wonders whether their picture goes along."""
MOST_NAMES_SHOWN: Final = 20
"""Of roles, groups or permissions; beyond it the page says how many more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """How the page words a scope that tells what the person holds."""

    title: str
    label: str
    none: str
    icon: str
    use: str


_HELD: Final = {
    ROLES: _Held(
        title="See your roles",
        label="Roles",
        none="You hold none",
        icon="badge-check",
        use="Lets it show you what your roles are for.",
    ),
    GROUPS: _Held(
        title="See your groups",
        label="Groups",
        none="You are in none",
        icon="users-round",
        use="Lets it put you together with the people you work with.",
    ),
    PERMISSIONS: _Held(
        title="See what you may do",
        label="Permissions",
        none="Nothing yet",
        icon="shield-check",
        use="Lets it offer you what you are allowed to do.",
    ),
}


_REACHABLE: Final = {
    ADDRESS: ("See your postal address", "house"),
    PHONE: ("See your phone number", "smartphone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One line of the list."""

    title: str
    icon: str
    hint: str = ""
    shared: tuple[tuple[str, str | None], ...] = ()
    is_ongoing: bool = False
    summary: str | None = None
    """What opens `shared`, where it is not what the app sees of the person."""
    optional_scope: str | None = None
    is_checked: bool = False
    is_new: bool = False
    is_open: bool = False
    acts: bool = False
    """Whether it is about what the app may do here, and not about what it sees of the person."""


def permissions_shown(
    request: AuthorizationRequest, standing: Standing, *, held: Mapping[str, Sequence[str]], unused_days: int
) -> list[Permission]:
    """Everything that the request asks for; what is optional comes last and can be unticked. `held` are the claims
    about what the person holds, as far as they are asked for.
    """
    user, known = standing.user, set(standing.grant.scopes) if standing.grant else None
    shown = [_identity(request, user)]
    if EMAIL in request.scopes or {"email", "email_verified"} & request.claims.names:
        shown.append(_email(user, is_new=_is_new(EMAIL, known)))
    for scope, claim in ((ADDRESS, "address"), (PHONE, "phone_number")):
        if scope in request.scopes or {claim, f"{claim}_verified"} & request.claims.names:
            shown.append(_reachable(scope, claim, user, is_new=_is_new(scope, known)))
    shown.extend(_details(request.authorization_details))
    shown.extend(
        Permission(
            title=WORDS[scope],
            icon="eye" if scope.endswith(":read") else "wrench",
            is_new=_is_new(scope, known),
            acts=True,
        )
        for scope in api_scopes_in(request.scopes)
    )
    if OFFLINE_ACCESS in request.scopes:
        shown.append(_offline(unused_days, is_new=_is_new(OFFLINE_ACCESS, known)))
    return shown + [
        _held(scope, request, standing, held[scope], is_new=_is_new(scope, known))
        for scope in _HELD
        if scope in held
    ]


def host_shown(redirect_uri: str) -> str:
    """Where the answer goes, as a person reads an address: its host, or the scheme of an app on this device."""
    parts = split_uri(redirect_uri)
    if not parts.host:
        return f"{parts.scheme}:"
    return f"{parts.host}:{parts.port}" if parts.port else parts.host


def _identity(request: AuthorizationRequest, user: User) -> Permission:
    asked = set(CLAIMS_OF_SCOPE[PROFILE]) if PROFILE in request.scopes else set(request.claims.names)
    known = claims_about(user, asked)
    names = [name for name in LABELS if name in known or (name in asked and name in ALWAYS_SHOWN)]
    shared = tuple((LABELS[name], known.get(name)) for name in names if name not in OF_THEIR_OWN)
    if not shared:
        hint = "It learns only that it's you again, under a number that stands for your account."
        return Permission(title="Recognise you when you come back", icon="fingerprint-pattern", hint=hint)
    return Permission(title="See who you are", icon="id-card", shared=shared)


def _email(user: User, *, is_new: bool) -> Permission:
    state = "verified" if user.email_verified else "not verified"
    shared = (("Email", f"{user.email}, {state}"),)
    return Permission(title="See your email address", icon="mail", shared=shared, is_new=is_new, is_open=True)


def _reachable(scope: str, claim: str, user: User, *, is_new: bool) -> Permission:
    """Where a person lives, or by which number they are called."""
    title, icon = _REACHABLE[scope]
    value = claims_about(user, {claim}).get(claim)
    text = ", ".join(value["formatted"].split("\n")) if isinstance(value, dict) else value
    shared = ((LABELS[claim], text or "You haven't given one"),)
    return Permission(title=title, icon=icon, shared=shared, is_new=is_new, is_open=True)


def _details(details: Sequence[Detail]) -> Iterator[Permission]:
    """Permissions too fine for a scope, to the last word of them: nothing that is agreed to stays out of sight."""
    titles = Counter(map(title_of, details))
    for number, detail in enumerate(details, 1):
        title = title_of(detail)
        yield Permission(
            title=f"{title} ({number} of {len(details)})" if titles[title] > 1 else title,
            icon="shield-check",
            hint="Exactly this. You are asked again for the next.",
            shared=tuple(lines_of(detail)),
            summary="What exactly",
            is_open=True,
        )


def _held(
    scope: str, request: AuthorizationRequest, standing: Standing, names: Sequence[str], *, is_new: bool
) -> Permission:
    """Scope and claim have one name. Asked for as a claim, it can't be unticked."""
    words = _HELD[scope]
    is_optional = scope in OPTIONAL and scope not in request.claims.names
    declined = standing.grant is not None and scope in standing.grant.declined
    return Permission(
        title=words.title,
        icon=words.icon,
        hint=f"Optional. {words.use}" if is_optional else words.use,
        shared=((words.label, _listed(names) or words.none),),
        optional_scope=scope if is_optional else None,
        is_checked=not declined,
        is_new=is_new,
    )


def _offline(unused_days: int, *, is_new: bool) -> Permission:
    days = "a day" if unused_days <= 1 else f"{unused_days} days"
    return Permission(
        title="Stay connected when you're away",
        icon="refresh-cw",
        hint=f"Until you disconnect it, or {days} without use",
        is_ongoing=True,
        is_new=is_new,
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES_SHOWN])
    more = len(names) - MOST_NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _is_new(scope: str, known: set[str] | None) -> bool:
    """Worth a badge where the app has been allowed something before, and this was not among it."""
    return known is not None and scope not in known
