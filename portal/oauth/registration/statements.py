"""Software statements: what somebody whom the portal trusts says of an app (RFC 7591 section 2.3)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from portal.http.context import current_portal
from portal.infra.crypto.foreign import UnknownKey, read_unverified, verified_claims
from portal.infra.crypto.jose import ALGORITHMS, LEEWAY_SECONDS, Claims, TokenRefused
from portal.infra.crypto.public_keys import KeyRefused, PublicKey, read_public_keys
from portal.infra.errors import Unavailable
from portal.oauth.client_metadata import MetadataRefusedError

log = structlog.get_logger(__name__)

MEMBER: Final = "software_statement"
TYPES: Final = (None, "JWT", "software-statement+jwt")
OF_THE_TOKEN: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", MEMBER})
"""What a statement says of itself and not of the app."""


def with_statement(document: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The metadata with what a statement in it says, which wins; and whether somebody vouches for it so. Where the
    portal trusts nobody's statements, they are members like others that it does not know.

    Raises:
        MetadataRefusedError: the statement is no use, or by nobody whom the portal trusts.
    """
    portal = current_portal()
    path, statement = portal.settings.software_statement_keys, document.get(MEMBER)
    if path is None or statement is None:
        return dict(document), False
    if not isinstance(statement, str):
        raise _invalid("It has to be a JWT.")
    claims = _believed(statement, _keys_in(path), now=int(portal.ports.clock.now().timestamp()))
    said = {name: value for name, value in claims.items() if name not in OF_THE_TOKEN}
    return {**document, **said}, True


def _believed(statement: str, keys: Sequence[PublicKey], *, now: int) -> Claims:
    try:
        claims = verified_claims(read_unverified(statement, algorithms=ALGORITHMS, types=TYPES), keys)
    except UnknownKey:
        raise MetadataRefusedError(
            "Nobody whom this portal trusts has signed the software statement.",
            error="unapproved_software_statement",
        ) from None
    except TokenRefused as refused:
        raise _invalid(f"It can't be verified: {refused.reason}.") from None
    if not isinstance(claims.get("iss"), str) or not claims["iss"]:
        raise _invalid("It doesn't say who issued it.")
    ends, begins = claims.get("exp", now + 1), claims.get("nbf", now)
    if not all(isinstance(moment, int | float) for moment in (ends, begins)):
        raise _invalid("Its times are no numbers.")
    if ends + LEEWAY_SECONDS <= now or begins - LEEWAY_SECONDS > now:
        raise _invalid("It has expired, or is not valid yet.")
    return claims


def _keys_in(path: Path) -> Sequence[PublicKey]:
    """Read at each use, so that a key which was added counts and one which was removed does not."""
    try:
        return read_public_keys(orjson.loads(path.read_bytes()))
    except (OSError, ValueError, KeyRefused) as broken:
        log.exception("software_statement_keys_unreadable", kind=type(broken).__name__)
        raise Unavailable("The portal can't check software statements now.") from None


def _invalid(words: str) -> MetadataRefusedError:
    return MetadataRefusedError(words, error="invalid_software_statement")
