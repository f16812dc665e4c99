"""What a request says about the person: who, how lately and how well proved, and what they are to be asked."""

import re
from typing import Final

from authlib.oauth2.rfc6749 import InvalidRequestError

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.claims import ClaimsMalformed, parse_claims
from portal.grants.rules.interaction import CREATE, PROMPTS
from portal.grants.schemas import RequestedClaims
from portal.http.context import current_portal
from portal.infra.crypto.jose import TokenRefused
from portal.oauth.parameters import Parameters

MAX_HINT: Final = 200
MAX_AGE_DIGITS: Final = 9
MAX_WORDS: Final = 20
_WORD: Final = re.compile(r"[\x21-\x7e]{1,100}")


def prompts_of(parameters: Parameters) -> tuple[str, ...]:
    """What the person is to be asked, an account of their own too where people may sign up (`create`)."""
    prompts = tuple(dict.fromkeys((parameters.get("prompt") or "").split()))
    may_sign_up = current_portal().settings.sign_up == "open"
    if not set(prompts) <= (PROMPTS | {CREATE} if may_sign_up else PROMPTS):
        raise InvalidRequestError("The prompt has a value that is not supported here.")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("The prompt none can not be combined.")
    return prompts


def max_age_of(parameters: Parameters, client: ClientSnapshot) -> int | None:
    """How long ago the person may have signed in: as asked, or as the client always wants it."""
    text = parameters.get("max_age")
    if text is None:
        return client.switches.default_max_age
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_AGE_DIGITS):
        raise InvalidRequestError("The max_age is not a number of seconds.")
    return int(text)


def acr_values_of(parameters: Parameters, client: ClientSnapshot) -> tuple[str, ...]:
    """The classes that the client would like, or always likes."""
    return words_of(parameters.get("acr_values")) or client.switches.default_acr_values


def words_of(text: str | None) -> tuple[str, ...]:
    """The words of a parameter that is a preference: what can't be one is passed over, for nothing depends on it."""
    words = dict.fromkeys(word for word in (text or "").split(" ") if _WORD.fullmatch(word))
    return tuple(words)[:MAX_WORDS]


def login_hint_of(parameters: Parameters) -> str | None:
    """It fills in a page and binds nobody."""
    return (parameters.get("login_hint") or "")[:MAX_HINT] or None


def claims_of(parameters: Parameters) -> RequestedClaims:
    """What is to be told one by one (Core 5.5)."""
    try:
        return parse_claims(parameters.get("claims"))
    except ClaimsMalformed as malformed:
        raise InvalidRequestError(f"The parameter {malformed}.") from malformed


def subject_of(parameters: Parameters, client: ClientSnapshot, claims: RequestedClaims) -> str | None:
    """The only person who will do: the one whom `id_token_hint` names, or the `claims` parameter.

    An expired hint is as good as a fresh one (Core 3.1.2.1).
    """
    hint = parameters.get("id_token_hint")
    if hint is None:
        return claims.subject
    portal = current_portal()
    try:
        read = portal.issuer.read_id_token(hint, at=portal.ports.clock.now())
    except TokenRefused:
        raise InvalidRequestError("The id_token_hint is not an ID token of this issuer.") from None
    if read.client_id != client.client_id:
        raise InvalidRequestError("The id_token_hint was issued to another client.")
    if claims.subject not in {None, read.subject}:
        raise InvalidRequestError("The id_token_hint and the claims parameter name two people.")
    return read.subject
