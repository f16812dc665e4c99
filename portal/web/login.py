"""Signing in: first who, then the proof. Both steps look the same for everybody, known or not."""

from typing import Final

from flask import Blueprint, Response, request
from wtforms import PasswordField, StringField

from portal.accounts.schemas import SignIn, Whose
from portal.http.context import current_portal
from portal.http.flows import Journey, current_journey
from portal.http.forms import SchemaForm
from portal.http.pages import respond, see_other
from portal.http.refused_sign_in import words_of_refusal
from portal.http.security import cookie_name, drop_cookie, set_cookie
from portal.http.signing_in import (
    check_password,
    current_principal,
    open_browser_session,
    set_session_cookies,
)
from portal.http.throttles import throttle, throttled
from portal.infra.crypto.sealing import SealBroken
from portal.infra.rate_limit import EVERYONE, SIGN_IN, SIGN_IN_ALL
from portal.sessions.usecases.sign_in import SignInRefused

login = Blueprint("login", __name__)

IDENTIFIER: Final = "identifier"
IDENTIFIER_SECONDS: Final = 600
_PLACE: Final = "cookie|identifier|"

STATUS: Final = {"no_match": 422, "locked": 429, "exhausted": 429, "disabled": 403}


class IdentifierForm(SchemaForm[Whose]):
    """The first step."""

    schema = Whose
    is_own = True

    identifier = StringField("Email or username")


class PasswordForm(SchemaForm[SignIn]):
    """The second step, with the identifier along for password managers."""

    schema = SignIn
    is_own = True

    identifier = StringField("Email or username")
    password = PasswordField("Password")


@login.route("/login", methods=["GET", "POST"])
def identifier() -> Response:
    """Who wants in? Nothing is looked up."""
    journey = current_journey()
    principal = current_principal()
    if principal is not None and request.method != "POST" and not journey.must_sign_in:
        return see_other(journey.end)
    form = IdentifierForm(identifier=journey.login_hint or (principal.email if principal else ""))
    wish = form.parse()
    if wish is None:
        return respond(
            "web/login/identifier.html",
            status=form.status,
            form=form,
            journey=journey,
            sign_up_is_open=current_portal().settings.sign_up == "open",
        )
    return remember_identifier(see_other(journey.to("login.password")), wish.identifier)


@login.route("/login/password", methods=["GET", "POST"])
@throttled("sign_in", SIGN_IN)
def password() -> Response:
    """The proof, and with it the session."""
    journey = current_journey()
    form = PasswordForm(identifier=_remembered_identifier())
    if request.method != "POST" and not form.identifier.data:
        return see_other(journey.to("login.identifier"))
    wish = form.parse()
    if wish is None:
        return _password_page(form, journey, form.status)
    throttle("sign_in_all", SIGN_IN_ALL, subject=EVERYONE)
    outcome = check_password(wish, open_browser_session)
    if isinstance(outcome, SignInRefused):
        return _refusal(form, journey, outcome)
    response = see_other(journey.end)
    drop_cookie(response, IDENTIFIER)
    return set_session_cookies(response, outcome)


def remember_identifier(response: Response, identifier: str) -> Response:
    """For the password step, sealed: who signs in stands neither in an address nor in a readable cookie."""
    sealed = current_portal().ports.sealer.seal(identifier.encode(), _PLACE)
    set_cookie(response, IDENTIFIER, sealed, max_age_seconds=IDENTIFIER_SECONDS)
    return response


def _remembered_identifier() -> str:
    try:
        return (
            current_portal()
            .ports.sealer.open(request.cookies.get(cookie_name(IDENTIFIER), ""), _PLACE)
            .decode()
        )
    except SealBroken:
        return ""


def _refusal(form: PasswordForm, journey: Journey, refused: SignInRefused) -> Response:
    form.password.errors = [*form.password.errors, words_of_refusal(form.identifier.data or "", refused)]
    response = _password_page(form, journey, STATUS[refused.why])
    if refused.wait_seconds is not None:
        response.headers["Retry-After"] = str(refused.wait_seconds)
    return response


def _password_page(form: PasswordForm, journey: Journey, status: int) -> Response:
    return respond("web/login/password.html", status=status, form=form, journey=journey)
