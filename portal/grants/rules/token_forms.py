"""What a pasted text is, as far as its form tells: nothing in it is believed yet."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portal.infra.crypto.digests import TokenKind, kind_of
from portal.infra.crypto.foreign import strict_json
from portal.infra.crypto.jose import MAX_TOKEN_CHARACTERS

OF_TYPE: Final = {
    "at+jwt": "Access token",
    "logout+jwt": "Logout token",
    "dpop+jwt": "DPoP proof",
    "token-introspection+jwt": "Answer of the introspection endpoint",
    "oauth-authz-req+jwt": "Request object",
    "client-authentication+jwt": "Client assertion",
}
BY_APPS: Final = frozenset({"DPoP proof", "Request object", "Client assertion"})
"""What apps sign and we check."""
NOT_SHOWN: Final = "(a token, not shown)"
_JWS: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_JWE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the text looks like."""

    name: str
    kind: TokenKind | None = None
    """Of tokens that say nothing by themselves."""
    header: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_signed(self) -> bool:
        return bool(self.header) and "enc" not in self.header

    @property
    def is_encrypted(self) -> bool:
        return "enc" in self.header

    @property
    def is_a_token(self) -> bool:
        """Whether it looks like one at all: what people paste by mistake may be a password."""
        return self.kind is not None or bool(self.header)


def bare(text: str) -> str:
    """The token in a pasted text: without the scheme of a header, and without the breaks that mails and logs put in."""
    words = text.strip().split(None, 1)
    if len(words) == 2 and words[0].lower().rstrip(":") in {"bearer", "dpop", "authorization"}:
        return bare(words[1])
    return "".join(text.split())


def form_of(token: str, *, issuer: str) -> Form:
    """By its shape, its header and a glance at its claims; total over any text."""
    if (kind := kind_of(token)) is not None:
        return Form(name=kind.purpose.capitalize(), kind=kind)
    if len(token) > MAX_TOKEN_CHARACTERS:
        return Form(name="Too long for a token")
    if _JWE.fullmatch(token):
        return Form(name="Encrypted token", header=_object(token.partition(".")[0]))
    if not _JWS.fullmatch(token):
        return Form(name="Nothing that the portal knows")
    header, claims = (_object(part) for part in token.split(".")[:2])
    if not header:
        return Form(name="Nothing that the portal knows")
    return Form(name=_name(header, claims, issuer=issuer), header=header, claims=claims)


def without_tokens(value: object) -> object:
    """The same without what looks like a token: a request object, say, may carry an ID token along."""
    match value:
        case str():
            return NOT_SHOWN if kind_of(value) or _JWS.fullmatch(value) or _JWE.fullmatch(value) else value
        case Mapping():
            return {name: without_tokens(inner) for name, inner in value.items()}
        case list() | tuple():
            return [without_tokens(inner) for inner in value]
        case _:
            return value


def _name(header: Mapping[str, Any], claims: Mapping[str, Any], *, issuer: str) -> str:
    typ = str(header.get("typ", "")).lower().removeprefix("application/")
    if typ in OF_TYPE:
        return OF_TYPE[typ]
    if claims.get("iss") != issuer:
        return (
            "Client assertion"
            if claims.get("iss") and claims.get("iss") == claims.get("sub")
            else "Signed token"
        )
    if "exp" not in claims:
        return "Answer of the userinfo endpoint"
    return "Answer of an authorization request" if "sub" not in claims else "ID token"


def _object(part: str) -> dict[str, Any]:
    try:
        read = strict_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode())
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
