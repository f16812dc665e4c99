"""How a person signs in: the overview of it, and the password."""

from flask import Response, flash, url_for
from wtforms import PasswordField

from portal.accounts.schemas import PasswordChange, SignIn
from portal.accounts.services import User
from portal.accounts.usecases.change_password import change_password
from portal.http.context import current_portal, reading
from portal.http.forms import SchemaForm
from portal.http.guards import signed_in
from portal.http.pages import respond, see_other
from portal.http.signing_in import check_password, open_browser_session, set_session_cookies
from portal.http.throttles import throttled
from portal.infra.rate_limit import SIGN_IN
from portal.infra.unit_of_work import UnitOfWork
from portal.infra.user_agents import device_name, is_hand_held
from portal.sessions.repository import Sessions
from portal.sessions.services import OpenedSession
from portal.sessions.usecases.sign_in import SignInRefused
from portal.web.account import account, my_account


class PasswordChangeForm(SchemaForm[PasswordChange]):
    """The old one and the new one."""

    schema = PasswordChange

    current_password = PasswordField("Current password")
    new_password = PasswordField("New password")


@account.get("/account/security")
@signed_in
def security() -> Response:
    user = my_account()
    with reading() as database:
        sessions = Sessions(database).live_of(user.id, at=current_portal().ports.clock.now())
    return respond(
        "web/security/overview.html",
        nav="security",
        user=user,
        sessions=sessions,
        device_name=device_name,
        is_hand_held=is_hand_held,
    )


@account.route("/account/password", methods=["GET", "POST"])
@signed_in
@throttled("sign_in", SIGN_IN)
def password() -> Response:
    """Other sessions end; this one goes on under a new token. Wrong guesses count as they do at the sign-in."""
    user = my_account()
    form = PasswordChangeForm()
    wish = form.parse(about=(user.email, user.username, user.name))
    if wish is None:
        return _page(form, user)
    password_hash = current_portal().ports.passwords.hash(wish.new_password)

    def act(uow: UnitOfWork, person: User) -> OpenedSession:
        change_password(uow, person, password_hash=password_hash)
        return open_browser_session(uow, person)

    proof = SignIn(identifier=user.username, password=wish.current_password)
    outcome = check_password(proof, act)
    if isinstance(outcome, SignInRefused):
        form.current_password.errors = [*form.current_password.errors, words_of_refusal(outcome)]
        return _page(form, user)
    response = set_session_cookies(see_other(url_for("account.security")), outcome)
    flash("Your password is changed. Other sessions were signed out")
    return response


def words_of_refusal(refused: SignInRefused) -> str:
    """Beside the field of the current password."""
    if refused.why == "no_match":
        return "That isn't your current password. Check it and try again."
    if refused.wait_seconds is not None:
        return f"Too many wrong passwords. Try again in {refused.wait_seconds} seconds."
    return "Too many wrong passwords. Sign out and set a new password by mail."


def _page(form: PasswordChangeForm, user: User) -> Response:
    return respond(
        "web/security/password.html",
        status=form.status,
        nav="security",
        form=form,
        username=user.username,
        password_min_length=current_portal().settings.password_min_length,
        has_password=user.password_hash is not None,
    )
