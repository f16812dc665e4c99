"""What tests of accounts do again and again."""

import re
from datetime import datetime
from email.message import EmailMessage

from portal.accounts.models import PendingSignUp
from portal.accounts.schemas import EmailCode, Recover, SignUp
from portal.accounts.usecases.recovery import ask_recovery
from portal.accounts.usecases.sign_up import sign_up
from portal.accounts.usecases.verify_email import Outcome, verify_by_code, verify_by_link
from portal.bootstrap import Portal
from portal.infra.actor import Actor

VISITOR = Actor(
    kind="anonymous", label="Visitor", ip="203.0.113.7", user_agent="Mozilla/5.0 (Ubuntu) Firefox/140.0"
)
HERE = b"h" * 32
ELSEWHERE = b"e" * 32
PASSWORD = "three herons over the quiet weir"


def begin(
    portal: Portal, email: str = "maya@example.org", *, browser: bytes = HERE, name: str = "Maya"
) -> PendingSignUp:
    """Fill the sign-up form."""
    wish = SignUp(name=name, email=email, password=PASSWORD)
    password_hash = portal.ports.passwords.hash(PASSWORD)
    with portal.unit_of_work(VISITOR) as uow:
        return sign_up(uow, wish, password_hash=password_hash, browser_digest=browser)


def enter(portal: Portal, code: str, *, browser: bytes = HERE) -> Outcome:
    """Type the code."""
    with portal.unit_of_work(VISITOR) as uow:
        return verify_by_code(uow, EmailCode(code=code), browser_digest=browser)


def click(
    portal: Portal, token: str, *, browser: bytes | None = HERE, knows_password: bool = False
) -> Outcome:
    """Use the link."""
    with portal.unit_of_work(VISITOR) as uow:
        return verify_by_link(uow, token, browser_digest=browser, knows_password=knows_password)


def ask(portal: Portal, email: str = "maya@example.org") -> None:
    """Ask for a recovery link."""
    with portal.unit_of_work(VISITOR) as uow:
        ask_recovery(uow, Recover(email=email))


def body_of(mail: EmailMessage) -> str:
    text = mail.get_body(("plain",))
    if text is None:
        raise LookupError("a mail without text")
    return str(text.get_content())


def code_in(mail: EmailMessage) -> str:
    return str(re.findall(r"^\s*(\d{6})\s*$", body_of(mail), re.MULTILINE)[0])


def token_in(mail: EmailMessage) -> str:
    return str(re.findall(r"http://localhost/(?:verify|recover)/(\w+)", body_of(mail))[0])


def now(portal: Portal) -> datetime:
    return portal.ports.clock.now()
