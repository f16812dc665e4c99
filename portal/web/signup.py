"""Creating an account: the wish, and the code from the inbox. See `verify` for the link."""

from flask import Blueprint, Response, flash
from wtforms import EmailField, PasswordField, StringField

from portal.accounts.repository import PendingSignUps
from portal.accounts.schemas import EmailCode, SignUp
from portal.accounts.usecases.sign_up import MailAgain, NoMailAgain, send_code_again, sign_up
from portal.accounts.usecases.verify_email import ProofRefused, SignUpFinished, verify_by_code
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.flows import Journey, browser_digest, current_journey
from portal.http.forms import SchemaForm
from portal.http.pages import respond, see_other
from portal.http.signing_in import current_principal, open_browser_session
from portal.http.throttles import throttle, throttled
from portal.infra.rate_limit import EVERYONE, SIGN_UP, SIGN_UP_ALL, VERIFY_CODE
from portal.web.verify import finished, not_finished

signup = Blueprint("signup", __name__)


class SignUpForm(SchemaForm[SignUp]):
    """Who wants an account."""

    schema = SignUp
    is_own = True

    name = StringField("Name")
    email = EmailField("Email")
    password = PasswordField("Password")


class CodeForm(SchemaForm[EmailCode]):
    """The six digits."""

    schema = EmailCode

    code = StringField("Code")


@signup.route("/signup", methods=["GET", "POST"])
@throttled("sign_up", SIGN_UP)
def form() -> Response:
    """The answer is the same whether or not the address has an account; the mail says which."""
    journey = current_journey()
    if current_principal() is not None and not journey.must_sign_in:
        return see_other(journey.end)
    settings = current_portal().settings
    if settings.sign_up == "closed":
        return respond("web/signup/closed.html", status=403, journey=journey)
    form = SignUpForm()
    wish = form.parse()
    if wish is None:
        minimum = settings.password_min_length
        return respond(
            "web/signup/form.html",
            status=form.status,
            form=form,
            journey=journey,
            password_min_length=minimum,
        )
    throttle("sign_up_all", SIGN_UP_ALL, subject=EVERYONE)
    password_hash = current_portal().ports.passwords.hash(wish.password)
    with unit_of_work() as uow:
        sign_up(
            uow,
            wish,
            password_hash=password_hash,
            browser_digest=browser_digest(),
            flow_id=journey.flow_id,
        )
    return see_other(journey.to("signup.check_inbox"))


@signup.route("/signup/check-inbox", methods=["GET", "POST"])
@throttled("verify_code", VERIFY_CODE)
def check_inbox() -> Response:
    """Where the code goes in."""
    journey = current_journey()
    form = CodeForm()
    wish = form.parse()
    if wish is None:
        return _inbox_page(form, journey)
    with unit_of_work() as uow:
        outcome = verify_by_code(uow, wish, browser_digest=browser_digest())
        opened = open_browser_session(uow, outcome.user) if isinstance(outcome, SignUpFinished) else None
    if opened is not None:
        return finished(opened, journey)
    if isinstance(outcome, ProofRefused):
        form.code.errors = [*form.code.errors, _words(outcome)]
        return _inbox_page(form, journey)
    return not_finished(outcome, journey)


@signup.post("/signup/check-inbox/again")
@throttled("verify_code", VERIFY_CODE)
def again() -> Response:
    """Another mail."""
    with unit_of_work() as uow:
        outcome = send_code_again(uow, browser_digest=browser_digest())
    flash(_words_of_mail(outcome))
    return see_other(current_journey().to("signup.check_inbox"))


def _inbox_page(form: CodeForm, journey: Journey) -> Response:
    with reading() as database:
        at = current_portal().ports.clock.now()
        pending = PendingSignUps(database).latest_of(browser_digest(), at=at)
    if pending is None:
        return see_other(journey.to("signup.form"))
    return respond(
        "web/signup/check_inbox.html", status=form.status, form=form, journey=journey, email=pending.email
    )


def _words(refused: ProofRefused) -> str:
    if refused.tries_left == 0:
        return "That code doesn't work any more. Send a new one below."
    tries = "1 try is" if refused.tries_left == 1 else f"{refused.tries_left} tries are"
    return f"That isn't the code we sent last. Check it and try again: {tries} left."


def _words_of_mail(outcome: MailAgain | NoMailAgain) -> str:
    if isinstance(outcome, MailAgain):
        return "A new code is on its way"
    if outcome.wait_seconds is not None:
        return f"Wait {outcome.wait_seconds} seconds, then ask for another code"
    return "That was the last mail for now. Check your spam folder, or sign up again"
