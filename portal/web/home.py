"""The front door: to one's own pages, or to the sign-in."""

from flask import Blueprint, Response, url_for

from portal.http.pages import see_other
from portal.http.signing_in import current_principal

home = Blueprint("home", __name__)


@home.get("/")
def index() -> Response:
    return see_other(url_for("account.overview" if current_principal() else "login.identifier"))
