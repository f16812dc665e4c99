"""People for tests: with an account, with a role, signed in, each in one line."""

from flask.testing import FlaskClient

from portal.access.rules import ADMINISTRATOR
from portal.access.services import assign_role
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.services import create_user
from portal.bootstrap import Portal
from portal.http.security import cookie_name
from portal.http.signing_in import SESSION
from portal.infra.actor import SYSTEM
from portal.sessions.services import open_session

PASSWORD = "three herons over the quiet weir"
NOBODYS_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
"""Well-formed, and never given to anything. A constant, since it stands in the names of tests too."""


def add_person(
    portal: Portal, email: str, *, name: str = "", password: str = PASSWORD, administrator: bool = False
) -> User:
    """Somebody with a verified address, as sign-up would have left them."""
    password_hash = portal.ports.passwords.hash(password)
    with portal.unit_of_work(SYSTEM) as uow:
        user = create_user(
            uow,
            email=email,
            name=name or email.partition("@")[0].title(),
            password_hash=password_hash,
            email_verified=True,
        )
        if administrator:
            assign_role(uow, ADMINISTRATOR, to=user.ref, reason="for a test")
        return user


def sign_in(client: FlaskClient, portal: Portal, person: User) -> FlaskClient:
    """Give this visitor a session of that person, as a sign-in would have."""
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).get(person.id)
        if user is None:
            raise LookupError(f"no account {person.id}")
        token = open_session(uow, user).token
    with client.application.app_context():
        client.set_cookie(cookie_name(SESSION), token, domain="localhost", httponly=True)
    return client
