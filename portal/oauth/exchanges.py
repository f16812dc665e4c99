"""What a token exchange request says (RFC 8693 section 2.1), and the tokens that it hands in.

They are read before the request's transaction begins: an opaque one, an ID token or the copy of a client may each need
a look at the database, and what is issued is held against them at every use anyway.
"""

from collections.abc import Sequence
from typing import Final

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError

from portal.bootstrap import Portal
from portal.grants.rules.exchange import (
    ACCESS_TOKEN,
    GRANT_TYPE,
    ID_TOKEN,
    ISSUED_TYPES,
    JWT,
    REFRESH_TOKEN,
    TOKEN_TYPES,
)
from portal.grants.rules.scopes import scopes_of
from portal.grants.services.handed_in import HandedIn, read_id_token
from portal.grants.usecases.exchanging import Wish
from portal.http.context import current_portal, reading
from portal.infra.crypto.jose import MAX_TOKEN_CHARACTERS
from portal.oauth.binding import JKT, X5T
from portal.oauth.client_certificates import client_certificate
from portal.oauth.presented import live_access_token
from portal.oauth.requests import ProtocolRequest
from portal.oauth.targets import RESOURCE, InvalidTargetError

AUDIENCE: Final = "audience"
MOST_TARGETS: Final = 20
REFUSED: Final = (
    "The {name} is not one of this portal's, has expired or was revoked, or is of an app whose tokens this client may "
    "not exchange."
)
"""One sentence for all of it: who holds a stolen token learns nothing."""
UNPROVED: Final = "The {name} is bound to a key: prove that key with this request."


def read_exchange(request: ProtocolRequest) -> Wish | None:
    """What the request asks for; None where its client may not exchange, so that nothing is looked at.

    Raises:
        InvalidRequestError, InvalidScopeError, InvalidTargetError: it is malformed, or hands in what does not count.
    """
    client = request.snapshot
    if GRANT_TYPE not in client.grant_types or client.switches.token_exchange == "none":  # noqa: S105
        return None
    issued_type(request)
    scope = scopes_of(request.form.get("scope"))
    if scope is None:
        raise InvalidScopeError
    targets = _targets(request)
    subject = _handed_in(request, "subject_token")
    if subject is None:
        raise InvalidRequestError("The subject_token is missing.")
    actor = _handed_in(request, "actor_token")
    return Wish(subject=subject, actor=actor, scope=scope, targets=targets)


def issued_type(request: ProtocolRequest) -> str:
    """What kind of token is asked for; an access token where nothing is said.

    Raises:
        InvalidRequestError: one that no exchange gives.
    """
    kind = request.form.get("requested_token_type", ACCESS_TOKEN)
    if kind not in ISSUED_TYPES:
        raise InvalidRequestError(f"The requested_token_type must be {ACCESS_TOKEN} or {JWT}.")
    if kind == JWT and request.snapshot.switches.access_token_format != "jwt":  # noqa: S105
        raise InvalidRequestError("This client's access tokens are opaque, so there is no JWT for it.")
    return kind


def _targets(request: ProtocolRequest) -> tuple[str, ...]:
    """Addresses and logical names are one set here; which of them the client may ask for, its registration says."""
    asked: Sequence[str] = (*request.parameters.all(RESOURCE), *request.parameters.all(AUDIENCE))
    if len(asked) > MOST_TARGETS:
        raise InvalidTargetError
    return tuple(dict.fromkeys(asked))


def _handed_in(request: ProtocolRequest, name: str) -> HandedIn | None:
    """One of the two tokens; None where there is none and no type either.

    Raises:
        InvalidRequestError: it is not what it is said to be, or counts for nothing (section 2.2.2).
    """
    text, kind = request.form.get(name), request.form.get(f"{name}_type")
    if text is None and kind is None:
        return None
    if text is None or kind is None:
        raise InvalidRequestError(f"The {name} and the {name}_type belong together.")
    if kind == REFRESH_TOKEN:
        raise InvalidRequestError(
            f"A refresh token is no {name}: it is for its own app and the refresh_token grant alone."
        )
    if kind not in TOKEN_TYPES:
        raise InvalidRequestError(f"The {name}_type must be one of {', '.join(TOKEN_TYPES)}.")
    found = _read(text, kind) if len(text) <= MAX_TOKEN_CHARACTERS else None
    if found is None:
        raise InvalidRequestError(REFUSED.format(name=name))
    _check_proved(request, found, name)
    return found


def _read(text: str, kind: str) -> HandedIn | None:
    """By its type; a `jwt` is whichever of the two it turns out to be, for what is signed as one is never the other."""
    portal = current_portal()
    at = portal.ports.clock.now()
    found = _access_token(portal, text) if kind != ID_TOKEN and (kind != JWT or "." in text) else None
    if found is None and kind != ACCESS_TOKEN:
        with reading() as session:
            found = read_id_token(session, portal.issuer, portal.clients, text, at=at)
    # in whole seconds and without the slack that clocks of others are given
    return found if found is not None and at < found.expires_at else None


def _access_token(portal: Portal, text: str) -> HandedIn | None:
    at = portal.ports.clock.now()
    with reading() as session:
        live = live_access_token(text, session, at=at)
    if live is None:
        return None
    return HandedIn.of_access_token(live.token, live.standing, issuer=portal.issuer.issuer)


def _check_proved(request: ProtocolRequest, token: HandedIn, name: str) -> None:
    """A token that is bound to its sender is worth nothing to anybody else (RFC 9449, RFC 8705), and what comes of it
    is bound to the same.
    """
    proved = dict(request.confirmation or {})
    certificate = client_certificate()
    if certificate is not None:
        proved[X5T] = certificate.thumbprint
    bound_to = {member: token.confirmation[member] for member in (JKT, X5T) if member in token.confirmation}
    if any(proved.get(member) != key for member, key in bound_to.items()):
        raise InvalidRequestError(UNPROVED.format(name=name))
    if bound_to:
        request.confirmation = {**(request.confirmation or {}), **bound_to}
