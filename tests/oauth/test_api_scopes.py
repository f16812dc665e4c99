"""What an app may do here by the API: only what an administrator lets it ask for, and a person agrees to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.clients.repository import Clients
from portal.clients.rules.api_scopes import API_SCOPES, WORDS, api_scopes_in
from portal.infra.actor import SYSTEM
from tests.oauth.registering import bearer, registered, usual
from tests.oauth.steps import answer_consent, authorize, returned, tokens_for

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.oauth.conftest import RegisterApp
    from tests.oauth.steps import App

ASKED = "openid account:read users:write"


def test_every_scope_has_words_and_a_pattern() -> None:
    assert list(WORDS) == list(API_SCOPES)
    assert all(scope.partition(":")[2] in {"read", "write"} for scope in API_SCOPES)
    assert api_scopes_in(["users:write", "openid", "account:read"]) == ["account:read", "users:write"]


def test_no_app_starts_with_any(visitor: FlaskClient, register_app: RegisterApp) -> None:
    app = register_app("web")
    tokens = tokens_for(visitor, app, scope=ASKED)
    assert tokens["scope"] == "openid"
    assert visitor.get("/api/v1/me", headers=bearer(tokens["access_token"])).status_code == 403


def test_the_page_says_in_plain_words_what_the_app_may_do(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    page = authorize(visitor, register_app("web", scope=ASKED).request(scope=ASKED))
    for words in ("See your account", "Add, change and disable people", "only as far as you may yourself"):
        assert words in page.text, words
    assert "change your account" not in page.text
    plain = authorize(visitor, register_app("web").request(scope="openid"))
    assert "It can't see your password or change your account" in plain.text.replace("&#39;", "'")


def test_what_was_agreed_to_opens_the_api_as_far_as_the_person_may(
    visitor: FlaskClient, register_app: RegisterApp, maya: User
) -> None:
    app = register_app("web", scope=f"{ASKED} users:read")
    headers = bearer(tokens_for(visitor, app, scope=f"{ASKED} users:read")["access_token"])
    assert visitor.get("/api/v1/me", headers=headers).get_json()["id"] == str(maya.id)
    assert visitor.get("/api/v1/users", headers=headers).status_code == 403


def test_one_more_is_asked_for_again(visitor: FlaskClient, register_app: RegisterApp) -> None:
    app = register_app("web", scope=ASKED)
    tokens_for(visitor, app, scope="openid account:read")
    page = authorize(visitor, app.request(scope=ASKED))
    assert "Add, change and disable people" in page.text
    assert returned(answer_consent(visitor, page, "deny"))["error"] == "access_denied"


def test_connected_apps_name_what_may_be_done_in_ones_name(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    tokens_for(visitor, register_app("web", scope=ASKED), scope=ASKED)
    assert (
        "in your name: See your account; Add, change and disable people" in visitor.get("/account/apps").text
    )


@pytest.mark.settings(client_registration="open")
def test_an_app_that_registers_itself_gets_none_and_keeps_what_it_was_given(
    portal: Portal, program: FlaskClient
) -> None:
    came = registered(program, scope=ASKED)
    assert came.metadata["scope"] == "openid"
    _give(portal, came.metadata["client_id"], "openid account:read")
    wish = usual(scope=ASKED, client_id=came.metadata["client_id"])
    changed = program.put(came.metadata["registration_client_uri"], json=wish, headers=bearer(came.token))
    assert set(changed.get_json()["scope"].split()) == {"openid", "account:read"}


def _give(portal: Portal, client_id: str, scope: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        found = portal.clients.find(client_id)
        assert found is not None
        client = Clients(uow.session).get_to_change(found.id)
        client.scope, client.updated_at = scope, uow.now
    portal.clients.forget(found.id)


@pytest.mark.parametrize("scope", ["account:read", ASKED])
def test_a_token_for_another_api_opens_nothing_here(
    visitor: FlaskClient, register_app: RegisterApp, scope: str
) -> None:
    """Not even one that is for this portal as well: the other API could act here with it."""
    app: App = register_app("web", scope=ASKED, switches={"resources": ["https://api.example/"]})
    tokens = tokens_for(visitor, app, scope=scope, resource="https://api.example/")
    answer = visitor.get("/api/v1/me", headers=bearer(tokens["access_token"]))
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
