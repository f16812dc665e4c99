"""A person's own pages. Each room hangs its routes on `account`; here is the first page."""

from flask import Blueprint, Response

from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.http.context import current_portal, reading
from portal.http.guards import signed_in
from portal.http.pages import respond
from portal.http.signing_in import Principal, current_principal
from portal.infra.errors import NotSignedIn
from portal.sessions.repository import Sessions

account = Blueprint("account", __name__)


def myself() -> Principal:
    """Who is signed in, on a page that is for such people only.

    Raises:
        NotSignedIn: the session ended while the page was on its way.
    """
    principal = current_principal()
    if principal is None:
        raise NotSignedIn("Your session has ended. Sign in again.")
    return principal


def my_account() -> User:
    """The account of whoever is signed in."""
    with reading() as database:
        user = Users(database).get(myself().user_id)
    if user is None:
        raise NotSignedIn("Your account is gone.")
    return user


@account.get("/account")
@signed_in
def overview() -> Response:
    with reading() as database:
        user = Users(database).get(myself().user_id)
        sessions = Sessions(database).live_of(myself().user_id, at=current_portal().ports.clock.now())
    return respond("web/account/overview.html", nav="overview", user=user, session_count=len(sessions))
