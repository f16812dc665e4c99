"""A forgotten password: asking for a link, and using it."""

from flask import Blueprint, Response, flash
from wtforms import EmailField, PasswordField

from portal.accounts.schemas import NewPassword, Recover
from portal.accounts.usecases.recovery import LinkRefused, ask_recovery, open_recovery, reset_password
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.flows import Journey, current_journey
from portal.http.forms import SchemaForm
from portal.http.pages import respond, see_other
from portal.http.throttles import throttle, throttled
from portal.infra.rate_limit import EVERYONE, RECOVER, RECOVER_ALL
from portal.web.login import remember_identifier

recover = Blueprint("recover", __name__)

GONE = 410


class RecoverForm(SchemaForm[Recover]):
    """Where the link is to go."""

    schema = Recover
    is_own = True

    email = EmailField("Email")


class NewPasswordForm(SchemaForm[NewPassword]):
    """What the password is to be."""

    schema = NewPassword

    password = PasswordField("New password")


@recover.route("/recover", methods=["GET", "POST"])
@throttled("recover", RECOVER)
def ask() -> Response:
    """Every address gets the same answer, at the same speed."""
    journey = current_journey()
    form = RecoverForm()
    wish = form.parse()
    if wish is None:
        return respond("web/recover/ask.html", status=form.status, form=form, journey=journey)
    throttle("recover_all", RECOVER_ALL, subject=EVERYONE)
    with unit_of_work() as uow:
        ask_recovery(uow, wish, flow_id=journey.flow_id)
    return see_other(journey.to("recover.sent"))


@recover.get("/recover/sent")
def sent() -> Response:
    return respond("web/recover/sent.html", journey=current_journey())


@recover.route("/recover/<token>", methods=["GET", "POST"])
@throttled("recover", RECOVER)
def reset(token: str) -> Response:
    """The link's page. Opening it changes nothing; sending the form uses it up."""
    journey = current_journey()
    with reading() as database:
        person = open_recovery(database, token, at=current_portal().ports.clock.now())
    if isinstance(person, LinkRefused):
        return _gone(journey)
    form = NewPasswordForm()
    wish = form.parse(about=(person.email, person.username, person.name))
    if wish is None:
        minimum = current_portal().settings.password_min_length
        return respond(
            "web/recover/reset.html",
            status=form.status,
            form=form,
            journey=journey,
            email=person.email,
            password_min_length=minimum,
        )
    password_hash = current_portal().ports.passwords.hash(wish.password)
    with unit_of_work() as uow:
        outcome = reset_password(uow, token, password_hash=password_hash)
    if isinstance(outcome, LinkRefused):
        return _gone(journey)
    flash("Your password is changed. Sign in with it")
    return remember_identifier(see_other(journey.to("login.password")), person.email.lower())


def _gone(journey: Journey) -> Response:
    return respond("web/recover/gone.html", status=GONE, journey=journey)
