"""Before and after as a person reads them: field names in words, lists as lists, nothing endless."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

LONGEST: Final = 300
MOST_ITEMS: Final = 50

_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_LISTS_IN_TEXT: Final = frozenset({"scope", "scopes"})  # RFC 6749 section 3.3 writes them as one string
_NAMES: Final[Mapping[str, str]] = {
    "access_claims": "Claims in its tokens",
    "access_token_format": "Form of access tokens",
    "access_token_seconds": "Seconds of access tokens",
    "acr": "Level of sign-in (acr)",
    "amr": "Ways of sign-in (amr)",
    "assertion_audience": "Audience of assertions",
    "authorization_signed_response_alg": "Signature of answers (JARM)",
    "backchannel_logout_uri": "Back-channel logout",
    "backchannel_logout_session_required": "Needs the session in back-channel logout",
    "client_id": "Client ID",
    "client_name": "Name",
    "client_uri": "Home page",
    "dpop_bound_access_tokens": "Tokens bound by DPoP",
    "everyone_may_use": "Everyone may use it",
    "disabled_reason": "Disabled because",
    "expires_at": "Until",
    "frontchannel_logout_uri": "Front-channel logout",
    "frontchannel_logout_session_required": "Needs the session in front-channel logout",
    "id_token_signed_response_alg": "ID token signature",
    "is_active": "Active",
    "is_requestable": "People may ask for it",
    "is_vouched": "Somebody vouches for it",
    "jwks": "Its public keys",
    "jwks_uri": "Address of its keys",
    "locale": "Language",
    "locality": "Town",
    "logo_uri": "Logo",
    "policy_uri": "Privacy page",
    "post_logout_redirect_uris": "Sign-out addresses",
    "redirect_uris": "Redirect URIs",
    "refresh_family_seconds": "Seconds of refresh tokens in all",
    "refresh_grace_seconds": "Seconds of grace for a lost answer",
    "refresh_idle_seconds": "Seconds of refresh tokens without use",
    "refresh_rotation": "Each refresh token works once",
    "region": "State or province",
    "require_auth_time": "Needs the time of the sign-in",
    "require_consent": "Asks for consent",
    "require_pkce": "Needs PKCE",
    "require_pushed_authorization_requests": "Has to push its requests",
    "require_signed_request_object": "Has to sign its requests",
    "subject_type": "How it knows people",
    "token_endpoint_auth_method": "Client authentication",
    "tls_client_certificate_bound_access_tokens": "Tokens bound to its certificate",
    "tos_uri": "Terms page",
    "userinfo_signed_response_alg": "Signature of userinfo",
    "zoneinfo": "Time zone",
}

Readable = bool | str | None | list[str]


def readable(facts: Mapping[str, Any] | None) -> dict[str, Readable] | None:
    """The facts under names that people read; None where there are none at all."""
    if facts is None:
        return None
    return {name_of(field): _value(field, value) for field, value in facts.items()}


def name_of(field: str) -> str:
    """`email_verified` is "Email verified"."""
    return _NAMES.get(field) or field.replace("_", " ").capitalize()


def _value(field: str, value: object) -> Readable:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.split()[:MOST_ITEMS] if field in _LISTS_IN_TEXT else _bounded(_moment(value))
    if isinstance(value, list):
        items = [_bounded(item if isinstance(item, str) else _plain(item)) for item in value[:MOST_ITEMS]]
        return [*items, f"and {len(value) - MOST_ITEMS} more"] if len(value) > MOST_ITEMS else items
    return _bounded(_plain(value))


def _moment(text: str) -> str:
    """A moment as pages write it; any other text as it is."""
    if not _MOMENT.fullmatch(text):
        return text
    at = datetime.fromisoformat(text).astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M:%S} UTC"


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
