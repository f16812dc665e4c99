"""Tokens that others signed (RFC 7515): client assertions, DPoP proofs, request objects.

What a token says about its own key (`jku`, `x5u`, or `jwk` where none is asked for) is refused rather than ignored, so
that nobody is ever led to a key by whoever has something to gain from it (RFC 8725 section 3.10).
"""

import base64
import json
import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from joserfc import jws
from joserfc.errors import JoseError

from portal.infra.crypto.jose import ALGORITHMS, MAX_TOKEN_CHARACTERS, Algorithm, Claims, TokenRefused
from portal.infra.crypto.public_keys import PublicKey

MAX_KID_CHARACTERS: Final = 300
MAX_DIGITS: Final = 300
NUL: Final = "\\u0000"
"""As JSON writes it."""
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_FORBIDDEN: Final = ("crit", "b64", "zip", "enc", "jku", "x5u")


class UnknownKey(TokenRefused):
    """None of the keys at hand can have signed the token; a newer copy of them may."""

    def __init__(self) -> None:
        super().__init__("kid")


class _Tolerant(jws.JWSRegistry):
    """Headers that nobody has asked for do no harm, and a proof's has a whole key in it: the limit of size was checked
    before.
    """

    max_header_length = max_payload_length = max_signature_length = MAX_TOKEN_CHARACTERS


_REGISTRY: Final = _Tolerant(algorithms=ALGORITHMS, strict_check_header=False)


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token that was read and not believed: what it says is a claim of whoever sent it."""

    text: str = field(repr=False)
    algorithm: Algorithm
    kid: str | None
    jwk: object = field(repr=False)
    """The key in its header, where one is asked for."""
    claims: Claims = field(repr=False)


def read_unverified(
    text: str,
    *,
    algorithms: Collection[str],
    types: Collection[str | None],
    has_key: bool = False,
) -> Unverified:
    """A token of the right form, algorithm and type. `types` holds None where the type may be left out; `has_key`
    says whether its header must bring the key, or must not.

    Raises:
        TokenRefused: it is not.
    """
    if len(text) > MAX_TOKEN_CHARACTERS or not _COMPACT.fullmatch(text):
        raise TokenRefused("form")
    head, body, _ = text.split(".")
    header = _object(head)
    if any(name in header for name in _FORBIDDEN) or ("jwk" in header) != has_key:
        raise TokenRefused("header")
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ")
    if algorithm not in ALGORITHMS or algorithm not in algorithms:
        raise TokenRefused("alg")
    if not _is_one_of(typ, types):
        raise TokenRefused("typ")
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID_CHARACTERS):
        raise TokenRefused("kid")
    return Unverified(text, cast(Algorithm, algorithm), kid, header.get("jwk"), _object(body))


def verified_claims(token: Unverified, keys: Sequence[PublicKey]) -> Claims:
    """What the token says, once one of these keys has been found to have signed it: the one that it names, or the only
    one that it can be.

    Raises:
        UnknownKey: there is no such key, or more than one.
        TokenRefused: the signature is not by it.
    """
    able = [key for key in keys if token.algorithm in key.verifies]
    named = [key for key in able if token.kid is not None and key.kid == token.kid]
    nameless = [key for key in able if token.kid is None or key.kid is None]
    candidates = named or nameless
    if len(candidates) != 1:
        raise UnknownKey
    try:
        jws.deserialize_compact(token.text, candidates[0].key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError, KeyError) as broken:
        raise TokenRefused(type(broken).__name__) from None
    return token.claims


def _is_one_of(typ: object, types: Collection[str | None]) -> bool:
    """Media types are compared without regard to case, and without their usual prefix (RFC 7515 section 4.1.9)."""
    if typ is None:
        return None in types
    if not isinstance(typ, str):
        return False
    return typ.lower().removeprefix("application/") in {name.lower() for name in types if name is not None}


def _object(part: str) -> dict[str, Any]:
    """A JSON object in which no name comes twice: two readers could each believe another one."""
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        found = strict_json(decoded.decode())
    except (ValueError, RecursionError):
        raise TokenRefused("form") from None
    if not isinstance(found, dict):
        raise TokenRefused("form")
    return found


def strict_json(text: str) -> Any:  # noqa: ANN401 - it is JSON
    """JSON of strangers, of which every value can be reckoned with, kept and sent on.

    Raises:
        ValueError, RecursionError: it is none, or a name comes twice, or a number is more than a float holds, or a text
            has a NUL or half a character in it.
    """
    found = json.loads(
        text,
        object_pairs_hook=unique_members,
        parse_constant=_no_number,
        parse_int=_bounded,
        parse_float=_finite,
    )
    if "\\u" in text:  # otherwise neither can be in it
        written = json.dumps(found, ensure_ascii=False)
        written.encode()
        if NUL in written:
            raise ValueError("a NUL")
    return found


def unique_members(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The members of a JSON object, for `object_pairs_hook`.

    Raises:
        ValueError: a name comes twice, and parsers differ in which one counts (RFC 8259 section 4).
    """
    given = list(pairs)
    members = dict(given)
    if len(members) != len(given):
        raise ValueError("a name comes twice")
    return members


def _no_number(name: str) -> None:
    raise ValueError(name)


def _bounded(digits: str) -> int:
    """So that it can stand beside a time: no clock shows more, and what is no float can't be compared with one."""
    if len(digits) > MAX_DIGITS:
        raise ValueError("too large")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("too large")
    return number
