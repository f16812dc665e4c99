"""The link that proves an address. Opening it changes nothing: mail scanners open links too."""

from flask import Blueprint, Response, flash, request
from wtforms import PasswordField

from portal.accounts.schemas import ChosenPassword
from portal.accounts.usecases.verify_email import (
    AlreadyRegistered,
    LinkOpened,
    Outcome,
    ProofRefused,
    SignUpFinished,
    SignUpGone,
    open_link,
    take_password_try,
    verify_by_link,
)
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.flows import Journey, journey_of, known_browser_digest
from portal.http.forms import SchemaForm
from portal.http.pages import respond, see_other
from portal.http.signing_in import compare_password, open_browser_session, set_session_cookies
from portal.http.throttles import throttled
from portal.infra.rate_limit import VERIFY_CODE
from portal.sessions.services import OpenedSession

verify = Blueprint("verify", __name__)

GONE = 410


class ChosenPasswordForm(SchemaForm[ChosenPassword]):
    """The password that was chosen at sign-up, in a browser that did not sign up."""

    schema = ChosenPassword

    password = PasswordField("Password")


@verify.route("/verify/<token>", methods=["GET", "POST"])
@throttled("verify_code", VERIFY_CODE)
def link(token: str) -> Response:
    """In the browser that signed up a click is enough; in any other one the password is asked for."""
    browser = known_browser_digest()
    with reading() as database:
        opened = open_link(database, token, browser_digest=browser, at=current_portal().ports.clock.now())
    if isinstance(opened, SignUpGone):
        return not_finished(opened, Journey())
    form = ChosenPasswordForm()
    journey = journey_of(opened.flow_id)
    if request.method != "POST":
        return _page(form, opened, journey)
    knows_password = False
    if not opened.is_same_browser:
        wish = form.parse()
        if wish is None:
            return _page(form, opened, journey)
        with unit_of_work() as uow:
            may_try = take_password_try(uow, opened)
        if not may_try:
            return _refuse(form, opened, ProofRefused(0), journey)
        knows_password = compare_password(opened.password_hash, wish.password).matches
    with unit_of_work() as uow:
        outcome = verify_by_link(uow, token, browser_digest=browser, knows_password=knows_password)
        session = open_browser_session(uow, outcome.user) if isinstance(outcome, SignUpFinished) else None
    if isinstance(outcome, ProofRefused):
        return _refuse(form, opened, outcome, journey)
    return not_finished(outcome, journey) if session is None else finished(session, journey)


def finished(opened: OpenedSession, journey: Journey) -> Response:
    """The account is there and its owner is in."""
    flash("Your account is ready")
    return set_session_cookies(see_other(journey.end), opened)


def not_finished(outcome: Outcome, journey: Journey) -> Response:
    """The address was proved for an account that exists, or there was nothing to prove any more."""
    if isinstance(outcome, AlreadyRegistered):
        return respond("web/verify/registered.html", journey=journey)
    return respond("web/verify/gone.html", status=GONE, journey=journey)


def _refuse(
    form: ChosenPasswordForm, opened: LinkOpened, refused: ProofRefused, journey: Journey
) -> Response:
    words = (
        "That isn't the password you chose when you signed up. Check it and try again."
        if refused.tries_left
        else "Too many wrong passwords. Sign up again to get a new link."
    )
    form.password.errors = [*form.password.errors, words]
    return _page(form, opened, journey)


def _page(form: ChosenPasswordForm, opened: LinkOpened, journey: Journey) -> Response:
    return respond("web/verify/link.html", status=form.status, form=form, opened=opened, journey=journey)
