"""A portal in which there is one of everything, for tests that try every route with something real behind it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from portal.access.services import assign_role
from portal.accounts.models import User
from portal.accounts.schemas import EmailChange, Recover, SignUp
from portal.accounts.usecases.change_email import ask_email_change
from portal.accounts.usecases.manage_users import enable_user
from portal.accounts.usecases.recovery import ask_recovery
from portal.accounts.usecases.sign_up import sign_up
from portal.app import create_app
from portal.bootstrap import Portal, build_portal
from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.http.flows import BROWSER
from portal.http.security import cookie_name
from portal.infra.actor import SYSTEM
from portal.infra.clock import Clock
from portal.infra.crypto.digests import TokenKind, issue, parse
from portal.infra.ids import new_id
from portal.infra.mail import Message
from portal.infra.settings import Settings
from portal.jobs.delivery import deliver_due
from tests.oauth.steps import CALLBACK, LEFT, SCOPE, App, authorize, tokens_for
from tests.support.people import PASSWORD, add_person, sign_in

RESERVED = "reserved-for-nobody@example.org"


class Letterbox:
    """Takes the portal's mail in the process of the tests."""

    is_final = True

    def __init__(self) -> None:
        self.letters: list[Message] = []

    def send(self, message: Message) -> None:
        self.letters.append(message)

    def last_token(self, address: str, page: str) -> str:
        """The secret in the newest link to this page that came for the address."""
        found = [
            match[1]
            for letter in self.letters
            if letter.to == address and (match := re.search(rf"/{page}/(\w+)", letter.text))
        ]
        if not found:
            raise LookupError(f"no link to {page} for {address}")
        return found[-1]

    def last_code(self, address: str) -> str:
        """The six digits in the newest letter that has any."""
        for letter in reversed(self.letters):
            if letter.to == address and (match := re.search(r"^\s*(\d{6})\s*$", letter.text, re.MULTILINE)):
                return match[1]
        raise LookupError(f"no code for {address}")


@dataclass(frozen=True, kw_only=True)
class Inhabited:
    """The portal, its people, and everything that one of them has left in it."""

    portal: Portal
    app: Flask
    letterbox: Letterbox
    administrator: User
    auditor: User
    person: User
    client: App
    client_pk: UUID
    tokens: dict[str, str] = field(repr=False)
    """What the app holds of the person: access_token, refresh_token, id_token."""

    def browser(self, person: User | None = None) -> FlaskClient:
        """A browser of its own, signed in or not. Whoever was shut out by a request of another test is let in again."""
        browser = self.app.test_client()
        if person is not None:
            with self.portal.unit_of_work(SYSTEM) as uow:
                enable_user(uow, person.id)
        return sign_in(browser, self.portal, person) if person else browser

    def pending_flow(self, browser: FlaskClient, **changes: str | None) -> str:
        """The id of an authorization request that waits in this browser."""
        page = authorize(browser, self.client.request(prompt="consent", **changes))
        found = re.search(r'name="flow" value="([^"]+)"', page.text)
        if found is None:
            raise LookupError(f"no flow on {page.request.path}")
        return found[1]

    def sign_up_link(self, email: str, *, browser_token: str | None = None) -> str:
        """The token that was mailed to somebody who has just filled in the form, in this browser or an unknown one."""
        browser = parse(TokenKind.BROWSER, browser_token or issue(TokenKind.BROWSER, new_id()).token)
        if browser is None:
            raise LookupError("that is no browser's cookie")
        wish = SignUp(name="Nora Vane", email=email, password=PASSWORD)
        password_hash = self.portal.ports.passwords.hash(PASSWORD)
        with self.portal.unit_of_work(SYSTEM) as uow:
            sign_up(uow, wish, password_hash=password_hash, browser_digest=browser.digest)
        deliver_due(self.portal)
        return self.letterbox.last_token(email, "verify")

    def begin_sign_up(self, browser: FlaskClient) -> str:
        """The code that was mailed to somebody who has just filled in the form in this browser."""
        email, token = f"nora-{new_id().hex}@example.org", issue(TokenKind.BROWSER, new_id()).token
        with self.app.app_context():
            browser.set_cookie(cookie_name(BROWSER), token, domain="localhost")
        self.sign_up_link(email, browser_token=token)
        return self.letterbox.last_code(email)

    def email_change_link(self, person: User, email: str) -> str:
        """The token that was mailed to the address that somebody wants to have."""
        with self.portal.unit_of_work(SYSTEM) as uow:
            user = uow.session.merge(person)
            ask_email_change(uow, user, EmailChange(email=email, current_password=PASSWORD))
        deliver_due(self.portal)
        return self.letterbox.last_token(email, "account/email")

    def recovery_link(self, email: str) -> str:
        """The token that was mailed to somebody who forgot their password."""
        with self.portal.unit_of_work(SYSTEM) as uow:
            ask_recovery(uow, Recover(email=email))
        deliver_due(self.portal)
        return self.letterbox.last_token(email, "recover")


@contextmanager
def inhabited(settings: Settings, clock: Clock | None = None) -> Iterator[Inhabited]:
    """Open a prepared portal and let people in."""
    letterbox = Letterbox()
    portal = build_portal(settings, clock=clock, mailer=letterbox)
    try:
        app = create_app(settings, portal=portal)
        ada = add_person(portal, "ada@example.org", name="Ada Lund", administrator=True)
        audrey = add_person(portal, "audrey@example.org", name="Audrey Lind")
        rosa = add_person(portal, "rosa@example.org", name="Rosa Diaz")
        with portal.unit_of_work(SYSTEM) as uow:
            assign_role(uow, "auditor", to=audrey.ref)
        client, client_pk = register(portal)
        tokens = tokens_for(sign_in(app.test_client(), portal, rosa), client)
        yield Inhabited(
            portal=portal,
            app=app,
            letterbox=letterbox,
            administrator=ada,
            auditor=audrey,
            person=rosa,
            client=client,
            client_pk=client_pk,
            tokens=tokens,
        )
    finally:
        portal.engine.dispose()


def register(portal: Portal, name: str = "Kestrel CI") -> tuple[App, UUID]:
    """A web app that everyone may use, and which sends its secret as a field, where the tests can change it."""
    form = RegisterClient(
        client_name=name,
        kind="web",
        redirect_uris=[CALLBACK],
        post_logout_redirect_uris=[LEFT],
        audience="everyone",
    )
    with portal.unit_of_work(SYSTEM) as uow:
        made = register_client(uow, form)
        client = uow.session.merge(made.client)
        client.scope = f"{SCOPE} roles"
        client.token_endpoint_auth_method = "client_secret_post"
    app = App(client_id=client.client_id, secret=made.secret, auth_method=client.token_endpoint_auth_method)
    return app, client.id
