"""A signed assertion as a grant (RFC 7523 section 2.1): a service account says who it is, and for that gets a token.

It needs nothing beside: whoever signed it is the client, however else that is registered to prove itself.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.used_ids import Once
from portal.infra.crypto.foreign import Unverified, read_unverified
from portal.infra.crypto.jose import ALGORITHMS, Claims, TokenRefused
from portal.oauth.client_authentication.assertions import (
    LEEWAY,
    MAX_JTI_CHARACTERS,
    PRIVATE_KEY_JWT,
    algorithms_of,
    out_of_time,
)
from portal.oauth.client_authentication.errors import AssertionRefusedError
from portal.oauth.client_authentication.presented import JWT_BEARER, Desk, Presented, Proven

ASSERTION: Final = "assertion"
TOKEN_PATH: Final = "/oauth2/token"  # noqa: S105
TYPES: Final = (None, "JWT", "authorization-grant+jwt")
"""The last is that of the draft which succeeds RFC 7523. An assertion made for client authentication is no grant."""
USED: Final = "The assertion was used before: make a new one, with a jti of its own, for each request."
FAULTS: Final = {
    "form": "The assertion is not a signed token of at most 16 kB.",
    "header": "The header of the assertion says something that it must not: jwk, jku, x5u or crit.",
    "alg": "The assertion is signed with an algorithm that this client may not use.",
    "typ": "The assertion is of another type.",
    "kid": "The assertion is signed by none of the client's keys.",
}


def is_grant(form: Mapping[str, str], *, endpoint: str) -> bool:
    """Whether the request brings one; anywhere else it proves nothing."""
    return endpoint.endswith(TOKEN_PATH) and form.get("grant_type") == JWT_BEARER and ASSERTION in form


def read_grant(text: str, *, claimed: str | None) -> Presented:
    """Whose it says that it is.

    Raises:
        AssertionRefusedError: it can't be one, or is another client's than the `client_id` beside it.
    """
    issuer = "" if claimed is None else claimed
    try:
        assertion = read_unverified(text, algorithms=ALGORITHMS, types=TYPES)
    except TokenRefused as fault:
        raise _refused(FAULTS[fault.reason], issuer) from None
    named = assertion.claims.get("iss")
    if not isinstance(named, str) or not named or "\x00" in named:
        raise _refused("The assertion has no iss.", issuer)
    if claimed not in {None, named}:
        raise _refused("The iss of the assertion is another client than that which asks.", issuer)
    return Presented(methods=(JWT_BEARER,), client_id=named, assertion=assertion)


def prove_by_grant(client: ClientSnapshot, given: Presented, desk: Desk) -> Proven:
    """The signature first, then what it says. Its `jti` is used up together with those of client assertions, so that
    what was one can't come again as the other.
    """
    if given.assertion is None or given.assertion.algorithm not in algorithms_of(client):
        raise given.refused(FAULTS["alg"])
    claims = _verified(client, given, given.assertion, desk)
    problem = _problem(claims, client, desk)
    if problem is not None:
        raise given.refused(problem)
    until = datetime.fromtimestamp(claims["exp"], UTC) + LEEWAY
    once = Once(PRIVATE_KEY_JWT, client.client_id, claims["jti"], until)
    return Proven(client, once=once, is_by_grant=True)


def used_before(proven: Proven) -> AssertionRefusedError:
    """What to say when its `jti` has come before."""
    return _refused(USED, proven.client.client_id)


def _verified(client: ClientSnapshot, given: Presented, assertion: Unverified, desk: Desk) -> Claims:
    try:
        return desk.portal.client_keys.verify_read(client, assertion, may_fetch=desk.may_fetch)
    except TokenRefused as fault:
        raise given.refused(FAULTS.get(fault.reason, "The signature of the assertion is wrong.")) from None


def _problem(claims: Claims, client: ClientSnapshot, desk: Desk) -> str | None:
    """What is wrong with what it says (RFC 7523 section 3), in words for its developer."""
    jti = claims.get("jti")
    if claims.get("iss") != client.client_id:
        return "The iss of the assertion must be the client_id."
    if claims.get("sub") != client.client_id:
        return "The sub of the assertion must be the client itself: an app can not vouch for anybody else."
    if not _is_meant_for_us(claims.get("aud"), client, desk):
        return "The aud of the assertion must be this portal alone."
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI_CHARACTERS:
        return "The assertion needs a jti."
    return out_of_time(claims, now=desk.at, what=ASSERTION)


def _is_meant_for_us(audience: object, client: ClientSnapshot, desk: Desk) -> bool:
    """The issuer, and unless the client is held to that, the token endpoint; never in company, where somebody else
    could hand it in here (and never left out: PYSEC-2026-4358).
    """
    issuer = desk.portal.settings.base_url
    if client.switches.assertion_audience == "issuer":
        return audience == issuer
    named = audience[0] if isinstance(audience, list) and len(audience) == 1 else audience
    return named in (issuer, f"{issuer}{TOKEN_PATH}")


def _refused(description: str, claimed: str) -> AssertionRefusedError:
    return AssertionRefusedError(description, claimed=claimed or None, method=JWT_BEARER)
