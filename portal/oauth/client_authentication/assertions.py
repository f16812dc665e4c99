"""`private_key_jwt`: a token that the client signed for this one purpose (RFC 7523, OpenID Connect Core 9)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.used_ids import Once
from portal.infra.crypto.foreign import read_unverified
from portal.infra.crypto.jose import ALGORITHMS, Claims, TokenRefused
from portal.oauth.client_authentication.errors import ClientRefusedError
from portal.oauth.client_authentication.presented import Desk, Presented, Proven

PRIVATE_KEY_JWT: Final = "private_key_jwt"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES: Final = (None, "JWT", "client-authentication+jwt")
"""Most clients give no type or the usual one; the draft that succeeds RFC 7523 has a type of its own for it."""
FAPI_ALGORITHMS: Final = ("PS256", "ES256", "EdDSA")
LEEWAY: Final = timedelta(seconds=30)
"""Clocks differ: FAPI 2.0 wants 10 seconds to pass and 60 not to (section 5.3.2.1)."""
LONGEST: Final = timedelta(minutes=11)
"""How far ahead `exp` may be: ten minutes, and a clock that is not ours. So long its `jti` is remembered."""
MAX_JTI_CHARACTERS: Final = 500

FAULTS: Final = {
    "form": "The client_assertion is not a signed token of at most 16 kB.",
    "header": "The header of the client_assertion says something that it must not: jwk, jku, x5u or crit.",
    "alg": "The client_assertion is signed with an algorithm that this client may not use.",
    "typ": "The client_assertion is of another type.",
    "kid": "The client_assertion is signed by none of the client's keys.",
}


def read_assertion(text: str, kind: str | None, *, claimed: str | None) -> Presented:
    """Whose it says that it is: `sub`, and if there is a `client_id` beside, that too (RFC 7521 section 4.2)."""
    if kind != ASSERTION_TYPE:
        raise _refused(f"The client_assertion_type must be {ASSERTION_TYPE}.", claimed)
    try:
        assertion = read_unverified(text, algorithms=ALGORITHMS, types=TYPES)
    except TokenRefused as fault:
        raise _refused(FAULTS[fault.reason], claimed) from None
    subject = assertion.claims.get("sub")
    if not isinstance(subject, str) or not subject or "\x00" in subject:
        raise _refused("The client_assertion has no sub.", claimed)
    if claimed not in {None, subject}:
        raise _refused("The client_assertion is of another client than the client_id.", claimed)
    return Presented(methods=(PRIVATE_KEY_JWT,), client_id=subject, assertion=assertion)


def prove_by_assertion(client: ClientSnapshot, given: Presented, desk: Desk) -> Proven:
    """The signature first, then what it says; that it comes for the first time, only the database knows."""
    if given.assertion is None or given.assertion.algorithm not in algorithms_of(client):
        raise given.refused(FAULTS["alg"])
    keys = desk.portal.client_keys
    try:
        claims = keys.verify_read(client, given.assertion, may_fetch=desk.may_fetch)
    except TokenRefused as fault:
        raise given.refused(
            FAULTS.get(fault.reason, "The signature of the client_assertion is wrong.")
        ) from None
    problem = _problem(claims, client, desk)
    if problem is not None:
        raise given.refused(problem)
    until = datetime.fromtimestamp(claims["exp"], UTC) + LEEWAY
    return Proven(client, once=Once(PRIVATE_KEY_JWT, client.client_id, claims["jti"], until))


def algorithms_of(client: ClientSnapshot) -> tuple[str, ...]:
    """What its assertions may be signed with: what it is registered for, within what its profile allows."""
    allowed = FAPI_ALGORITHMS if client.kind == "fapi2" else ALGORITHMS
    registered = client.switches.token_endpoint_auth_signing_alg
    return allowed if registered is None else tuple(name for name in allowed if name == registered)


def _problem(claims: Claims, client: ClientSnapshot, desk: Desk) -> str | None:
    """What is wrong with what the assertion says (RFC 7523 section 3), in words for its developer."""
    jti = claims.get("jti")
    if claims.get("iss") != client.client_id:
        return "The iss of the client_assertion must be the client_id."
    if not _is_meant_for_us(claims.get("aud"), client, desk):
        return "The aud of the client_assertion is not this portal."
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI_CHARACTERS:
        return "The client_assertion needs a jti."
    return out_of_time(claims, now=desk.at, what="client_assertion")


def _is_meant_for_us(audience: object, client: ClientSnapshot, desk: Desk) -> bool:
    """The issuer as the one string, where the client is held to that (FAPI 2.0 section 5.3.2.1); otherwise also the
    token endpoint (OpenID Connect Core 9) or the endpoint that was asked (RFC 9126 section 2), and in company.
    """
    issuer = desk.portal.settings.base_url
    if client.switches.assertion_audience == "issuer":
        return audience == issuer
    ours = {issuer, f"{issuer}/oauth2/token", desk.endpoint}
    named = audience if isinstance(audience, list) else [audience]
    return any(isinstance(name, str) and name in ours for name in named)


def out_of_time(claims: Claims, *, now: datetime, what: str) -> str | None:
    """What is wrong with the times of what a client signed to be used at once; `what` is the parameter it came in."""
    seconds = now.timestamp()
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name, seconds if name != "exp" else None)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"The {name} of the {what} must be a number of seconds."
        if name != "exp" and value > seconds + LEEWAY.total_seconds():
            return f"The {name} of the {what} is in the future."
    if claims["exp"] <= seconds - LEEWAY.total_seconds():
        return f"The {what} has expired."
    if claims["exp"] > seconds + LONGEST.total_seconds():
        return f"The exp of the {what} is more than ten minutes ahead."
    return None


def _refused(description: str, claimed: str | None) -> ClientRefusedError:
    return ClientRefusedError(description, claimed=claimed, method=PRIVATE_KEY_JWT)
