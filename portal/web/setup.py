"""The one-time setup link: from an empty portal to its first administrator."""

from flask import Blueprint, Response, flash, request
from wtforms import PasswordField, StringField

from portal.access.usecases.first_administrator import (
    SetupRefused,
    check_setup_link,
    create_first_administrator,
)
from portal.accounts.schemas import SignUp
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.pages import respond, see_other
from portal.http.signing_in import open_browser_session, set_session_cookies
from portal.http.throttles import throttled
from portal.infra.errors import Invalid
from portal.infra.rate_limit import SETUP

setup = Blueprint("setup", __name__)

GONE = 410


class SetupForm(SchemaForm[SignUp]):
    """Who the first administrator is."""

    schema = SignUp
    is_own = True

    name = StringField("Name")
    email = StringField("Email")
    password = PasswordField("Password")


@setup.route("/setup/<token>", methods=["GET", "POST"])
@throttled("setup", SETUP)
def form(token: str) -> Response:
    """The link's page. Opening it changes nothing; sending the form uses it up."""
    with reading() as database:
        refused = check_setup_link(database, token, at=current_portal().ports.clock.now())
    if refused is not None:
        return _refused(refused)
    form = SetupForm()
    wish = form.parse()
    if wish is None:
        return _page(form)
    try:
        password_hash = current_portal().ports.passwords.hash(wish.password)
        with unit_of_work() as uow:
            outcome = create_first_administrator(uow, token, wish=wish, password_hash=password_hash)
            if isinstance(outcome, SetupRefused):
                return _refused(outcome)
            opened = open_browser_session(uow, outcome)
    except Invalid as problem:
        form.reject(problem)
        return _page(form)
    flash("You are the first administrator")
    response = see_other("/admin")
    set_session_cookies(response, opened)
    return response


def _page(form: SetupForm) -> Response:
    return respond(
        "web/setup/form.html",
        status=form.status,
        form=form,
        reached_as=request.host_url.rstrip("/"),
        password_min_length=current_portal().settings.password_min_length,
    )


def _refused(refused: SetupRefused) -> Response:
    return respond(
        "web/setup/refused.html", status=GONE if refused.why != "unknown" else 404, why=refused.why
    )
