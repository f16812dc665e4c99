"""Light, dark, or as the system is: kept in a cookie, and with the account of whoever is signed in."""

from typing import Final
from urllib.parse import urlsplit

from flask import Response, request, url_for
from wtforms import StringField

from portal.accounts.schemas import ThemeChoice
from portal.accounts.usecases.edit_profile import choose_theme
from portal.http.context import unit_of_work
from portal.http.forms import SchemaForm
from portal.http.pages import see_other
from portal.http.security import drop_cookie, safe_redirect, set_cookie
from portal.http.signing_in import THEME, current_principal
from portal.web.account import account

YEAR_SECONDS: Final = 31_536_000


class ThemeForm(SchemaForm[ThemeChoice]):
    """One of three."""

    schema = ThemeChoice

    theme = StringField("Theme")


@account.post("/account/theme")
def theme() -> Response:
    """Back to the page it was chosen on."""
    response = see_other(_where_from())
    wish = ThemeForm().parse()
    if wish is None:
        return response
    principal = current_principal()
    if principal is not None:
        with unit_of_work() as uow:
            choose_theme(uow, principal.user_id, wish)
    if wish.theme == "system":
        drop_cookie(response, THEME)
    else:
        set_cookie(response, THEME, wish.theme, max_age_seconds=YEAR_SECONDS)
    return response


@account.app_context_processor
def theme_switch() -> dict[str, str]:
    return {"theme_url": url_for("account.theme")}


def _where_from() -> str:
    page = urlsplit(request.referrer or "")
    path = f"{page.path}?{page.query}" if page.query else page.path
    return safe_redirect(path, default=url_for("home.index"))
