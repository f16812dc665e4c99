"""An administrator registers apps, changes them, shuts them out and removes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from portal.access.repository import Roles
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.infra.actor import CLI
from portal.infra.ids import new_id
from tests.admin.conftest import Operator, shown
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal

WISH: dict[str, Any] = {
    "client_name": "Kestrel CI",
    "kind": "web",
    "redirect_uris": "https://ci.example.org/callback\r\nhttps://ci.example.org/other",
    "post_logout_redirect_uris": "",
    "audience": "roles",
}


def register(operator: Operator, **changes: object) -> str:
    """The path of a newly registered app."""
    answer = operator.send("/admin/apps/new", WISH | changes)
    assert answer.status_code == 303, shown(answer.text)
    return answer.headers["Location"].removesuffix("/connect")


def stored(portal: Portal, path: str) -> Client:
    with portal.reading() as session:
        return Clients(session).get(UUID(path.rpartition("/")[2]))


def role_id(portal: Portal, name: str) -> UUID:
    with portal.reading() as session:
        role = Roles(session).by_name(name)
        assert role is not None
        return role.id


def test_an_app_is_registered_and_its_settings_are_ready_to_copy(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    client = stored(portal, path)
    page = shown(maya.page(f"{path}/connect"))
    for words in (
        client.client_id,
        "http://localhost/.well-known/openid-configuration",
        "OIDC_REDIRECT_URI=https://ci.example.org/callback",
        "OIDC_SCOPES=openid profile email",
        "client_secret_basic",
        "Waiting for the first sign-in",
        "Nobody may use it yet",
    ):
        assert words in page
    assert client.redirect_uris == ["https://ci.example.org/callback", "https://ci.example.org/other"]


def test_the_secret_is_shown_once_and_is_nowhere_else(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    first = maya.get(f"{path}/connect")
    (secret,) = set(re.findall(r"sec_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}", first.text))
    assert f"OIDC_CLIENT_SECRET={secret}" in first.text
    assert first.headers["Cache-Control"] == "no-store"
    for again in ("/connect", "", "/settings", "/access", "/secret", "/delete"):
        assert secret not in maya.page(path + again)
    assert secret.rpartition("_")[2] not in repr(history(portal))
    assert secret not in maya.page("/admin/audit")


def test_the_secret_waits_for_its_own_page_only(portal: Portal, maya: Operator) -> None:
    other = register(maya, kind="spa")
    path = register(maya)
    assert "sec_" not in maya.page(f"{other}/connect")
    assert "sec_" not in maya.page(f"{path}/connect")


def test_the_secret_does_not_travel_to_another_session(
    portal: Portal, maya: Operator, devon: Operator
) -> None:
    path = register(maya)
    state = maya.browser.get_cookie("portal_state")
    session = devon.browser.get_cookie("portal_session")
    assert state is not None
    assert session is not None
    assert "sec_" not in state.decoded_value
    maya.browser.set_cookie("portal_session", session.value)
    assert maya.get(f"{path}/connect").status_code == 403
    assert "sec_" not in maya.get(f"{path}/connect").text


@pytest.mark.parametrize("kind", ["spa", "native"])
def test_public_apps_have_no_secret_to_show(portal: Portal, maya: Operator, kind: str) -> None:
    path = register(maya, kind=kind)
    page = maya.page(f"{path}/connect")
    assert "sec_" not in page
    assert "OIDC_CLIENT_SECRET" not in page
    assert "Secrets" not in shown(maya.page(path))
    assert maya.send(f"{path}/secret", {"overlap_seconds": "0"}).status_code == 409


def test_a_service_signs_nobody_in(portal: Portal, maya: Operator) -> None:
    path = register(maya, kind="service", redirect_uris="")
    page = shown(maya.page(f"{path}/connect"))
    assert "OAUTH_TOKEN_URL=http://localhost/oauth2/token" in page
    assert "first sign-in" not in page
    assert stored(portal, path).grant_types == ["client_credentials"]


def test_the_first_sign_in_turns_the_page_green(portal: Portal, maya: Operator) -> None:
    path = register(maya, audience="everyone")
    htmx = {"HX-Request": "true"}
    waiting = maya.get(f"{path}/first-sign-in?looks=0", headers=htmx).text
    assert "Waiting for the first sign-in" in waiting
    assert "looks=1" in waiting
    assert "<html" not in waiting
    with portal.unit_of_work(CLI) as uow:
        Clients(uow.session).get_to_change(stored(portal, path).id).first_sign_in_at = uow.now
    done = maya.get(f"{path}/first-sign-in?looks=1", headers=htmx).text
    assert "The first sign-in has happened" in done
    assert "hx-trigger" not in done
    assert "The first sign-in has happened" in maya.page(f"{path}/connect")


def test_the_page_stops_looking_some_day(maya: Operator) -> None:
    path = register(maya)
    for looks in ("200", "999999999999", "-5", "x"):
        answer = maya.get(f"{path}/first-sign-in?looks={looks}", headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert ("hx-trigger" in answer.text) is (looks in {"-5", "x"})


def test_what_cannot_stay_is_named_and_the_form_is_kept(maya: Operator) -> None:
    wish = {"client_name": "", "redirect_uris": "https://a.example/cb\nhttp://b.example/cb"}
    answer = maya.send("/admin/apps/new", WISH | wish)
    page = shown(answer.text)
    assert answer.status_code == 422
    assert "Error: Register an app" in answer.text
    assert "Enter a name" in page
    assert "http://b.example/cb" in page
    named = maya.send("/admin/apps/new", WISH | {"redirect_uris": wish["redirect_uris"]})
    assert "Line 2: Use https" in shown(named.text)


def test_who_may_use_it_is_closed_until_chosen(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    assert "Closed to everybody" in maya.page(path)
    auditor = role_id(portal, "auditor")
    answer = maya.send(f"{path}/access", {"audience": "roles", "role_ids": [str(auditor)]})
    assert answer.status_code == 303
    with portal.reading() as session:
        assert [role.id for role in Clients(session).audience_of(stored(portal, path).id).roles] == [auditor]
    assert re.search(rf'value="{auditor}"[^>]* checked', maya.page(f"{path}/access"))
    maya.send(f"{path}/access", {"audience": "everyone"})
    assert "Everyone with an account." in shown(maya.page(path))
    gone = maya.send(f"{path}/access", {"audience": "roles", "role_ids": [str(new_id())]})
    assert gone.status_code == 422


def test_settings_are_changed_and_remembered(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    page = maya.page(f"{path}/settings")
    assert "https://ci.example.org/callback\nhttps://ci.example.org/other" in page.replace("\r", "")
    wish = {
        "client_name": "Kestrel",
        "redirect_uris": "https://ci.example.org/callback",
        "scopes": ["openid", "roles"],
        "client_uri": "https://ci.example.org",
    }
    assert maya.send(f"{path}/settings", wish).status_code == 303
    client = stored(portal, path)
    assert (client.client_name, client.scope) == ("Kestrel", "openid roles")
    assert (client.client_uri, client.require_consent) == ("https://ci.example.org", False)
    history = shown(maya.page(path))
    assert "maya changed settings of Kestrel" in history
    assert "https://ci.example.org/other" in history


def test_nothing_is_taken_in_that_was_not_asked(portal: Portal, maya: Operator) -> None:
    evil = {
        "client_id": "mine", "id": str(new_id()), "is_active": "", "grant_types": "password", "kind": "spa",
        "first_sign_in_at": "2020-01-01", "response_types": "token", "everyone_may_use": "1",
    }  # fmt: skip
    path = register(maya)
    before = stored(portal, path).describe()
    fields = {"client_name": "Kestrel CI", "redirect_uris": WISH["redirect_uris"], "require_consent": "y",
              "scopes": before["scope"].split()}  # fmt: skip
    assert maya.send(f"{path}/settings", fields | evil).status_code == 303
    assert stored(portal, path).describe() == before
    new = register(maya, **{name: value for name, value in evil.items() if name != "kind"})
    assert stored(portal, new).describe() | {"client_id": ""} == before | {"client_id": ""}
