"""An app's own metadata: onto its row, and back as the registries name it."""

from collections.abc import Sequence
from typing import Any, Final

from portal.clients.models import Client
from portal.clients.rules import redirect_uri_problems
from portal.clients.rules.redirect_uris import MESSAGES
from portal.clients.rules.registration import (
    OF_PEOPLE,
    Profile,
    application_type_of,
    native_problems,
    profile_of,
    scopes_for,
)
from portal.clients.rules.switches import Switches
from portal.clients.rules.uris import split_uri
from portal.clients.schemas import ClientMetadata, ProtocolMetadata
from portal.infra.errors import FieldProblem, Invalid

REDIRECTING: Final = frozenset({"authorization_code", "implicit"})
PLAIN: Final = (
    "client_id", "client_name", "redirect_uris", "post_logout_redirect_uris", "grant_types", "response_types",
    "token_endpoint_auth_method", "scope", "id_token_signed_response_alg", "client_uri", "logo_uri", "policy_uri",
    "tos_uri", "jwks", "jwks_uri",
)  # fmt: skip
NAMELESS: Final = "App without a name"


def profile_asked_for(wish: ClientMetadata) -> Profile:
    """As what the app wants to be taken in."""
    return profile_of(
        application_type=wish.application_type,
        auth_method=wish.token_endpoint_auth_method,
        grant_types=wish.grant_types,
        response_types=wish.response_types,
        redirect_uris=wish.redirect_uris,
    )


def check_own_addresses(profile: Profile, wish: ClientMetadata) -> None:
    """Whether an app of this kind may be answered there.

    Raises:
        Invalid: with every address that can't stay, and why.
    """
    problems = [
        *_problems("redirect_uris", wish.redirect_uris, profile),
        *_problems("post_logout_redirect_uris", wish.post_logout_redirect_uris, profile),
    ]
    if REDIRECTING.intersection(profile.grant_types) and not wish.redirect_uris:
        problems.append(
            FieldProblem("redirect_uris", "missing", "Give the address that the app is answered at")
        )
    words = "The implicit flow of a web app needs https"
    problems += [
        FieldProblem("redirect_uris", code, words) for code in native_problems(profile, wish.redirect_uris)
    ]
    if problems:
        raise Invalid("Some addresses can't be used.", code="redirect_uri_invalid", fields=tuple(problems))


def apply_metadata(
    client: Client, wish: ClientMetadata, profile: Profile, *, may_have: Sequence[str]
) -> None:
    """Put the whole of it onto the row: what it doesn't say is at its default afterwards, also what it said earlier
    (RFC 7592 section 2.2). What is an administrator's to set stays.
    """
    signs_people_in = bool(OF_PEOPLE.intersection(profile.grant_types))
    client.client_name = wish.client_name or _name_of(wish)
    client.kind = profile.kind
    client.token_endpoint_auth_method = profile.auth_method
    client.grant_types, client.response_types = list(profile.grant_types), list(profile.response_types)
    client.redirect_uris = list(wish.redirect_uris) if profile.kind != "service" else []
    client.post_logout_redirect_uris = list(wish.post_logout_redirect_uris) if signs_people_in else []
    wanted = (wish.scope or "").split()
    client.scope = " ".join(scopes_for(wanted, may_have=may_have)) if signs_people_in else ""
    client.id_token_signed_response_alg = wish.id_token_signed_response_alg or "RS256"
    client.client_uri, client.logo_uri = wish.client_uri, wish.logo_uri
    client.policy_uri, client.tos_uri = wish.policy_uri, wish.tos_uri
    client.jwks, client.jwks_uri = wish.jwks, wish.jwks_uri
    client.switches = wish.changed_switches(Switches.of(client.switches)).document()


def metadata_of(client: Client) -> dict[str, Any]:
    """What is registered, under the names of the registries; what nobody set and has no default is left out."""
    switches = {
        name: value for name, value in client.switches.items() if name in ProtocolMetadata.model_fields
    }
    described = {name: getattr(client, name) for name in PLAIN} | switches
    told = {name: value for name, value in described.items() if value not in (None, [], "")}
    return {
        **told,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": list(client.response_types),
        "application_type": application_type_of(client.kind),
        "client_id_issued_at": int(client.created_at.timestamp()),
    }


def _problems(name: str, uris: Sequence[str], profile: Profile) -> list[FieldProblem]:
    if profile.kind == "service":
        return []
    return [
        FieldProblem(name, found[0], f"{MESSAGES[found[0]]}: address {number}")
        for number, uri in enumerate(uris, 1)
        if (found := redirect_uri_problems(uri, kind=profile.kind))
    ]


def _name_of(wish: ClientMetadata) -> str:
    """A name for who gave none: the host that people are sent to."""
    first = split_uri(next(iter(wish.redirect_uris), ""))
    return (first.host or NAMELESS)[:100]
