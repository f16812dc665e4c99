"""Signing up and in without a browser, for REST and GraphQL alike: the steps, throttles and words of the web, and
tokens of the portal's own app in place of cookies.

A cookie never counts here, not even to say who is at the keyboard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portal.accounts.errors import SignUpClosed
from portal.accounts.rules import PasswordPolicy
from portal.accounts.schemas import POLICY, LogIn, Register, SignIn
from portal.accounts.services import User
from portal.accounts.usecases.register import CLOSED
from portal.accounts.usecases.register import register as register_user
from portal.api.inputs import checked
from portal.clients.snapshots import ClientSnapshot
from portal.clients.usecases.own import OWN_CLIENT_ID, ensure_own_client
from portal.grants.services.access_tokens import write_access_token
from portal.grants.services.chains import Refused
from portal.grants.usecases.own_tokens import issue_own_tokens
from portal.http.context import client_ip, current_portal, plain_user_agent, request_id
from portal.http.refused_sign_in import words_of_refusal
from portal.http.signing_in import check_password
from portal.http.throttles import throttle
from portal.infra.actor import SYSTEM, Actor
from portal.infra.errors import DomainError, Forbidden, Limited, NotSignedIn
from portal.infra.rate_limit import EVERYONE, SIGN_IN, SIGN_IN_ALL, SIGN_UP, SIGN_UP_ALL
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.usecases.sign_in import SignInRefused

VERIFIED: Final = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a program is given for a person."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    """Seconds, of the access token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody who is signed in now."""

    user: User
    tokens: Tokens


class EmailUnverified(Forbidden):
    """All is well but for the address, which this portal wants proved first (`PORTAL_API_SIGN_UP`)."""

    code = "email_unverified"

    def __init__(self) -> None:
        super().__init__(
            "The account is there, and its address has to be confirmed: open the link that was mailed to it. "
            "Then sign in.",
            field="email",
        )


class SignInClosed(Forbidden):
    """An operator has closed the app that these tokens are of."""

    code = "sign_in_closed"

    def __init__(self) -> None:
        super().__init__(
            "Nobody signs in here by the API. An administrator can open it again, in the list of apps."
        )


def register(given: Mapping[str, Any]) -> User:
    """Make an account of `username`, `email` and `password`; no tokens yet.

    Raises:
        SignUpClosed, Invalid, EmailTaken, UsernameTaken, Limited
        Unavailable: too many hashes at once.
    """
    wish, password_hash = _wish_of_sign_up(given)
    with current_portal().unit_of_work(visitor()) as uow:
        return register_user(uow, wish, password_hash=password_hash)


def register_and_enter(given: Mapping[str, Any]) -> Entered:
    """The same, and sign the person in.

    Raises:
        EmailUnverified: the account is made, and its owner can sign in once they have proved the address.
    """
    wish, password_hash = _wish_of_sign_up(given)
    client = own_client()
    with current_portal().unit_of_work(visitor()) as uow:
        user = register_user(uow, wish, password_hash=password_hash)
        outcome = _enter(uow, user, client)
    return _or_refused(outcome)


def login(given: Mapping[str, Any]) -> Entered:
    """Sign somebody in by `username`, which may be an address, and `password`.

    Raises:
        NotSignedIn: `invalid_credentials`, said alike of every name, known or not.
        Limited: `locked` until some seconds have passed; or too many tries from one address.
        Forbidden: after the right password only: `account_disabled`, `email_unverified`, `sign_in_closed`.
    """
    throttle("sign_in", SIGN_IN)
    wish = checked(LogIn, given)
    throttle("sign_in_all", SIGN_IN_ALL, subject=EVERYONE)
    client = own_client()
    proof = SignIn(identifier=wish.username, password=wish.password)
    outcome = check_password(proof, lambda uow, user: _enter(uow, user, client), actor=visitor())
    if isinstance(outcome, SignInRefused):
        raise _refusal(wish.username, outcome)
    return _or_refused(outcome)


def visitor() -> Actor:
    """Somebody who has not shown who they are."""
    return Actor(
        kind="anonymous",
        label="Visitor",
        ip=client_ip(),
        user_agent=plain_user_agent(),
        request_id=request_id(),
    )


def own_client() -> ClientSnapshot:
    """The portal's own app as it is now; made if this is the first time that anybody needs it."""
    portal = current_portal()
    known = portal.clients.current(OWN_CLIENT_ID)
    if known is not None:
        return known
    with portal.unit_of_work(SYSTEM) as uow:
        ensure_own_client(uow)
    made = portal.clients.reload(OWN_CLIENT_ID)
    if made is None:
        raise SignInClosed
    return made


def _wish_of_sign_up(given: Mapping[str, Any]) -> tuple[Register, str]:
    """The wish, judged, and the hash of its password, which takes too long for a transaction."""
    portal = current_portal()
    settings = portal.settings
    throttle("sign_up", SIGN_UP)
    if CLOSED in {settings.sign_up, settings.api_sign_up}:
        raise SignUpClosed
    policy = PasswordPolicy(minimum=settings.password_min_length).knowing(settings.name)
    wish = checked(Register, given, context={POLICY: policy})
    throttle("sign_up_all", SIGN_UP_ALL, subject=EVERYONE)
    return wish, portal.ports.passwords.hash(wish.password)


def _enter(uow: UnitOfWork, user: User, client: ClientSnapshot) -> Entered | Forbidden:
    """A session, and tokens that hang on it. A no is a value: what led to it has to be remembered."""
    settings, issuer = uow.ports.settings, current_portal().issuer
    if settings.api_sign_up == VERIFIED and not user.email_verified:
        return EmailUnverified()
    issued = issue_own_tokens(uow, user, client=client)
    if isinstance(issued, Refused):
        return SignInClosed()
    access_token = write_access_token(uow, issuer, issued, client=client, scope=issued.scope)
    return Entered(
        user=user,
        tokens=Tokens(
            access_token=access_token,
            refresh_token=issued.refresh_token or "",
            expires_in=issuer.seconds_of(issued, at=uow.now),
        ),
    )


def _or_refused(outcome: Entered | Forbidden) -> Entered:
    if isinstance(outcome, Forbidden):
        raise outcome
    return outcome


def _refusal(identifier: str, refused: SignInRefused) -> DomainError:
    words = words_of_refusal(identifier, refused)
    match refused.why:
        case "no_match":
            return NotSignedIn(words, code="invalid_credentials")
        case "locked":
            return Limited(words, code="locked", retry_after_seconds=refused.wait_seconds or 1)
        case "exhausted":
            return Forbidden(words, code="password_exhausted")
        case "disabled":
            return Forbidden(words, code="account_disabled")
