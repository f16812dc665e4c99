"""The form by which an answer goes back to an app, in a real browser and under its policy, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

import pytest

from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from tests.journeys import pages
from tests.journeys.conftest import NewContext
from tests.oauth.steps import VERIFIER, challenge_of

if TYPE_CHECKING:
    from playwright.sync_api import Request, Route

    from portal.accounts.models import User
    from portal.bootstrap import Portal

pytestmark = pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)

CALLBACK = "https://heron.example/callback?from=portal"
HOSTILE = "\"></form><script>document.title='owned'</script><img src=x onerror=alert(1)>' é漢 %00+&=; "


def asked_by_form(portal: Portal) -> str:
    """The address by which an app asks that wants its answer posted."""
    wish = RegisterClient(client_name="Heron", kind="web", redirect_uris=[CALLBACK], audience="everyone")
    with portal.unit_of_work(SYSTEM) as uow:
        client_id = register_client(uow, wish).client.client_id
    asked = {
        "response_type": "code",
        "response_mode": "form_post",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "state": HOSTILE,
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    return f"{portal.settings.base_url}/oauth2/authorize?{urlencode(asked)}"


@pytest.mark.parametrize("with_scripts", [True, False])
def test_an_answer_is_posted_to_the_app_with_and_without_scripts(
    inside: Portal, somebody: Callable[[str], User], new_context: NewContext, *, with_scripts: bool
) -> None:
    arrived: list[Request] = []

    def heron(route: Route) -> None:
        arrived.append(route.request)
        route.fulfill(body="<!doctype html><html lang=en><title>Heron</title><h1>Signed in to Heron</h1>")

    context = new_context(java_script_enabled=with_scripts)
    context.route("https://heron.example/**", heron)
    page = context.new_page()
    page.goto(asked_by_form(inside))
    pages.answer_sign_in(page, somebody("Jonas Berg").email)
    pages.allow(page)
    if not with_scripts:
        pages.heading(page, "Going back to Heron")
        page.locator("#go-on").click()
    pages.heading(page, "Signed in to Heron")
    (posted,) = arrived
    assert (posted.method, posted.url) == ("POST", CALLBACK)
    told = parse_qs(posted.post_data or "", strict_parsing=True)
    assert set(told) == {"code", "state", "iss"}
    assert told["state"] == [HOSTILE]
    assert told["iss"] == [inside.settings.base_url]
    assert posted.headers["content-type"] == "application/x-www-form-urlencoded"
    assert posted.all_headers().get("origin") in {inside.settings.base_url, None}
    assert posted.all_headers().get("referer", "") in {f"{inside.settings.base_url}/", ""}
