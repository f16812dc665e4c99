"""What may not stand beside what in the settings of one app: contradictions are refused at the field, not mended."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final

from portal.clients.rules.flows import JWT_BEARER, OF_PROGRAMS, flow_problems
from portal.clients.rules.keys import encryption_keys, signing_keys
from portal.clients.rules.presets import ClientKind
from portal.clients.rules.switches import SIGNING_ALGORITHMS, Switches
from portal.clients.rules.uris import split_uri
from portal.infra.errors import FieldProblem
from portal.infra.fetch_rules import is_public, target_of

FETCHED: Final = ("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri")
"""Addresses that the portal itself goes to."""
TLS_NAMES: Final = ("tls_client_auth_subject_dn", "tls_client_auth_san_dns")

FAPI_SIGNED: Final = (
    "token_endpoint_auth_signing_alg",
    "request_object_signing_alg",
    "authorization_signed_response_alg",
)
NEEDS_KEYS: Final = "This needs the app's public keys, or their address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """All that one app is set to, as far as one setting may contradict another."""

    kind: ClientKind
    token_endpoint_auth_method: str
    grant_types: Collection[str]
    response_types: Collection[str]
    redirect_uris: Collection[str]
    id_token_signed_response_alg: str
    require_pkce: bool
    jwks: Mapping[str, Any] | None = field(repr=False)
    jwks_uri: str | None
    switches: Switches

    @property
    def is_public(self) -> bool:
        return self.token_endpoint_auth_method == "none"  # noqa: S105

    @property
    def proves_by_keys(self) -> bool:
        return self.token_endpoint_auth_method == "private_key_jwt"  # noqa: S105

    @property
    def has_keys(self) -> bool:
        return self.jwks is not None or self.jwks_uri is not None


def protocol_problems(app: Protocol, *, loopback: Collection[str], implicit: bool) -> list[FieldProblem]:
    """Everything that can't stand.

    Args:
        loopback: names of this machine that may be called, also by plain http (`PORTAL_FETCH_LOOPBACK`).
        implicit: whether this portal offers the implicit and hybrid flows at all (`PORTAL_IMPLICIT_FLOW`).
    """
    found = [FieldProblem(*problem) for problem in flow_problems(app.grant_types, app.response_types)]
    if "implicit" in app.grant_types and not implicit:
        words = "This portal doesn't offer the implicit and hybrid flows (PORTAL_IMPLICIT_FLOW)"
        found.append(FieldProblem("grant_types", "implicit_off", words))
    for rule in (_proof, _keys, _public, _encryption, _sector, _lives, _fapi):
        found.extend(rule(app))
    found.extend(_addresses(app, loopback=loopback))
    return found


def _proof(app: Protocol) -> Iterator[FieldProblem]:
    """Each method of proving has what it needs (OpenID Connect Core 9, RFC 8705 sections 2.1.2 and 2.2.2)."""
    method = app.token_endpoint_auth_method
    if method in {"private_key_jwt", "self_signed_tls_client_auth"} and not app.has_keys:
        yield FieldProblem("jwks", "keys_missing", f"{method} needs the app's public keys, or their address")
    if JWT_BEARER in app.grant_types and not app.has_keys:
        words = "Signed assertions need the app's public keys, or their address"
        yield FieldProblem("grant_types", "keys_missing", words)
    if method == "tls_client_auth":
        names = [name for name in TLS_NAMES if getattr(app.switches, name)]
        if len(names) != 1:
            words = "tls_client_auth needs the certificate's subject or its DNS name: one of the two"
            yield FieldProblem(TLS_NAMES[0], "tls_name", words)
    if not app.require_pkce and app.is_public and "authorization_code" in app.grant_types:
        yield FieldProblem("require_pkce", "pkce_needed", "An app without a secret needs PKCE")


def _keys(app: Protocol) -> Iterator[FieldProblem]:
    """One source of keys, and the right ones in it as far as we can see them (RFC 7591 section 2)."""
    switches = app.switches
    if app.jwks is not None and app.jwks_uri is not None:
        yield FieldProblem("jwks_uri", "keys_twice", "Give the keys or their address, not both")
    signed_with = {"request_object_signing_alg": switches.request_object_signing_alg}
    if app.proves_by_keys:
        signed_with["token_endpoint_auth_signing_alg"] = switches.token_endpoint_auth_signing_alg
    for name, algorithm in signed_with.items():
        if algorithm is None:
            continue
        if not app.has_keys:
            yield FieldProblem(name, "keys_missing", NEEDS_KEYS)
        elif app.jwks is not None and not signing_keys(app.jwks, (algorithm,)):
            yield FieldProblem(
                name, "key_missing", f"None of the app's keys can have signed with {algorithm}"
            )
    if switches.require_signed_request_object and not app.has_keys:
        yield FieldProblem("require_signed_request_object", "keys_missing", NEEDS_KEYS)
    signs = app.proves_by_keys or switches.require_signed_request_object or JWT_BEARER in app.grant_types
    if signs and app.jwks is not None and not signing_keys(app.jwks, SIGNING_ALGORITHMS):
        yield FieldProblem("jwks", "key_missing", "None of these keys is for signatures")


def _public(app: Protocol) -> Iterator[FieldProblem]:
    """What only an app that proves itself can have."""
    if not app.is_public:
        return
    for grant_type in sorted(OF_PROGRAMS.intersection(app.grant_types)):
        yield FieldProblem("grant_types", "public", f"{grant_type} is for apps that prove who they are")
    if app.switches.require_signed_request_object:
        words = "An app that keeps no secret can't sign its requests"
        yield FieldProblem("require_signed_request_object", "public", words)
    if app.switches.introspection_signed_response_alg:
        words = "Only apps that prove who they are may ask about tokens"
        yield FieldProblem("introspection_signed_response_alg", "public", words)


def _encryption(app: Protocol) -> Iterator[FieldProblem]:
    """Both algorithms or none, and a key to encrypt to (OpenID Connect Registration 2)."""
    for what in ("id_token", "userinfo"):
        alg, enc = f"{what}_encrypted_response_alg", f"{what}_encrypted_response_enc"
        chosen = getattr(app.switches, alg)
        if chosen is None and getattr(app.switches, enc) is not None:
            yield FieldProblem(alg, "alg_missing", "Choose how the key is encrypted, too")
        if chosen is None:
            continue
        if not app.has_keys:
            yield FieldProblem(alg, "keys_missing", NEEDS_KEYS)
        elif app.jwks is not None and not encryption_keys(app.jwks, chosen):
            yield FieldProblem(alg, "key_missing", f"Nothing can be encrypted to the app's keys by {chosen}")


def _sector(app: Protocol) -> Iterator[FieldProblem]:
    """Pairwise subjects belong to one host, or to a sector that says which addresses are in it (Core 8.1)."""
    if app.switches.subject_type != "pairwise" or app.switches.sector_identifier_uri:
        return
    if len({(split_uri(uri).host or "").lower() for uri in app.redirect_uris}) > 1:
        words = "Its redirect URIs have several hosts, so pairwise subjects need a sector identifier"
        yield FieldProblem("sector_identifier_uri", "sector_missing", words)


def _lives(app: Protocol) -> Iterator[FieldProblem]:
    idle, family = app.switches.refresh_idle_seconds, app.switches.refresh_family_seconds
    if idle is not None and family is not None and idle > family:
        words = "Without use a refresh token can't last longer than its whole chain"
        yield FieldProblem("refresh_idle_seconds", "longer_than_family", words)


def _fapi(app: Protocol) -> Iterator[FieldProblem]:
    """A profile whose parts can be switched off one by one would be no profile (FAPI 2.0 Security Profile 5.3.2)."""
    if app.kind != "fapi2":
        return
    switches = app.switches
    if not switches.require_pushed_authorization_requests:
        yield FieldProblem("require_pushed_authorization_requests", "fapi2", "FAPI 2.0 needs pushed requests")
    if not (switches.dpop_bound_access_tokens or switches.tls_client_certificate_bound_access_tokens):
        words = "FAPI 2.0 needs tokens that are bound to a key: by DPoP, or by a certificate"
        yield FieldProblem("dpop_bound_access_tokens", "fapi2", words)
    if switches.assertion_audience != "issuer":
        words = "FAPI 2.0 takes assertions for the issuer only"
        yield FieldProblem("assertion_audience", "fapi2", words)
    if not app.require_pkce:
        yield FieldProblem("require_pkce", "fapi2", "FAPI 2.0 needs PKCE")
    signed = {"id_token_signed_response_alg": app.id_token_signed_response_alg} | {
        name: getattr(switches, name) for name in FAPI_SIGNED
    }
    for name, algorithm in signed.items():
        if algorithm == "RS256":
            yield FieldProblem(name, "fapi2", "FAPI 2.0 signs with PS256, ES256 or EdDSA")


def _addresses(app: Protocol, *, loopback: Collection[str]) -> Iterator[FieldProblem]:
    """https everywhere; where the portal goes itself, a public host as far as its name can tell (SSRF)."""
    switches = app.switches
    given = {
        "jwks_uri": app.jwks_uri,
        "sector_identifier_uri": switches.sector_identifier_uri,
        "backchannel_logout_uri": switches.backchannel_logout_uri,
        "frontchannel_logout_uri": switches.frontchannel_logout_uri,
    }
    addresses = [(name, uri) for name, uri in given.items() if uri]
    addresses += [("request_uris", uri) for uri in switches.request_uris]
    for name, uri in addresses:
        is_fetched = name in FETCHED or name == "request_uris"
        if not _may_be_called(uri.partition("#")[0], loopback=loopback, is_fetched=is_fetched):
            yield FieldProblem(name, "address", "Give an https address of a public host")


def _may_be_called(uri: str, *, loopback: Collection[str], is_fetched: bool) -> bool:
    if not is_fetched:
        parts = split_uri(uri)
        is_ours = (parts.host or "").strip("[]").lower() in loopback
        return (parts.scheme or "").lower() == "https" or is_ours
    target = target_of(uri, loopback_hosts=loopback)
    if target is None:
        return False
    try:
        ip_address(target.host)
    except ValueError:  # a name; what it stands for is seen when it is fetched
        return target.is_loopback or target.host != "localhost"
    return target.is_loopback or is_public(target.host)
