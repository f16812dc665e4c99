"""A person moves to another address: asking with the password, and the link that proves it."""

from flask import Response, flash, request, url_for
from wtforms import EmailField, PasswordField

from portal.accounts.events import EmailVerified
from portal.accounts.schemas import EmailChange, SignIn
from portal.accounts.services import User
from portal.accounts.usecases.change_email import (
    AddressTaken,
    EmailChangeGone,
    ask_email_change,
    confirm_email_change,
    open_email_change,
)
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import signed_in
from portal.http.pages import respond, see_other
from portal.http.signing_in import check_password
from portal.http.throttles import throttled
from portal.infra.errors import Invalid
from portal.infra.rate_limit import RECOVER, SIGN_IN
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.usecases.sign_in import SignInRefused
from portal.web.account import account, my_account, myself
from portal.web.security import words_of_refusal

GONE = 410


class EmailChangeForm(SchemaForm[EmailChange]):
    """The new address, and the password that shows whose wish it is."""

    schema = EmailChange
    is_own = True

    email = EmailField("New email address")
    current_password = PasswordField("Current password")


@account.route("/account/email", methods=["GET", "POST"])
@signed_in
@throttled("sign_in", SIGN_IN)
def email() -> Response:
    """Every address gets the same answer; wrong passwords count as they do at the sign-in."""
    user = my_account()
    form = EmailChangeForm(email="" if user.email_verified else user.email)
    wish = form.parse()
    if wish is None:
        return _page(form, user)

    def act(uow: UnitOfWork, person: User) -> None:
        ask_email_change(uow, person, wish)

    proof = SignIn(identifier=user.username, password=wish.current_password)
    try:
        outcome = check_password(proof, act)
    except Invalid as problem:
        form.reject(problem)
        return _page(form, user)
    if isinstance(outcome, SignInRefused):
        form.current_password.errors = [*form.current_password.errors, words_of_refusal(outcome)]
        return _page(form, user)
    flash(f"Look into {wish.email}: the link there makes it your address")
    return see_other(url_for("account.security"))


@account.route("/account/email/<token>", methods=["GET", "POST"])
@signed_in
@throttled("recover", RECOVER)
def confirm_email(token: str) -> Response:
    """The link's page. Opening it changes nothing; only the owner of the account can send the form."""
    person = myself()
    if request.method != "POST":
        with reading() as database:
            opened = open_email_change(
                database, token, user_id=person.user_id, at=current_portal().ports.clock.now()
            )
        if isinstance(opened, EmailChangeGone):
            return _gone()
        return respond("web/email/confirm.html", new=opened.email, old=person.email)
    with unit_of_work() as uow:
        outcome = confirm_email_change(uow, token, user_id=person.user_id)
    if isinstance(outcome, EmailChangeGone | AddressTaken):
        return _gone(is_taken=isinstance(outcome, AddressTaken))
    flash(f"Your email address is {'verified' if isinstance(outcome, EmailVerified) else 'changed'}")
    return see_other(url_for("account.security"))


def _gone(*, is_taken: bool = False) -> Response:
    return respond("web/email/gone.html", status=GONE, is_taken=is_taken)


def _page(form: EmailChangeForm, user: User) -> Response:
    return respond("web/email/form.html", status=form.status, nav="security", form=form, user=user)
