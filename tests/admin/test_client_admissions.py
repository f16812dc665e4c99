"""An administrator lets programs bring apps, takes that back, and vouches for apps that came by themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from portal.clients.repository import Clients, InitialAccessTokens
from tests.admin.conftest import Operator, shown
from tests.admin.test_clients import register as register_by_hand
from tests.oauth.registering import register, registered
from tests.support.history import history

if TYPE_CHECKING:
    from flask import Flask

    from portal.bootstrap import Portal

PAGE = "/admin/apps/initial-access-tokens"

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(client_registration="token"),
]


def made(operator: Operator, **changes: object) -> str:
    """The text of a new token, as it is shown once."""
    answer = operator.send(PAGE, {"label": "Pipeline", "uses": "2", "days": "7"} | changes)
    assert answer.status_code == 303, shown(answer.text)
    page = operator.page(answer.headers["Location"])
    found = re.search(r"iat_[0-9A-Za-z]+_[0-9A-Za-z]+", page)
    assert found is not None
    assert found[0] not in operator.page(answer.headers["Location"])
    return found[0]


def test_a_token_is_shown_once_and_lets_apps_in(app: Flask, portal: Portal, maya: Operator) -> None:
    program = app.test_client(use_cookies=False)
    token = made(maya)
    assert register(program, token).status_code == 201
    assert "Pipeline" in shown(maya.page(PAGE))
    with portal.reading() as session:
        [row] = InitialAccessTokens(session).all()
    assert row.uses_left == 1
    assert token.encode() not in row.digest


def test_a_revoked_token_lets_nobody_in(app: Flask, portal: Portal, maya: Operator) -> None:
    program = app.test_client(use_cookies=False)
    token = made(maya)
    with portal.reading() as session:
        [row] = InitialAccessTokens(session).all()
    for _ in range(2):
        assert maya.send(f"{PAGE}/{row.id}/revoke").status_code == 303
    assert register(program, token).status_code == 401
    assert len(history(portal, "initial_access_token.revoked")) == 1
    assert "Revoked" in shown(maya.page(PAGE))


@pytest.mark.parametrize(
    "wrong",
    [{"label": ""}, {"uses": "0"}, {"uses": "x"}, {"days": "366"}, {"label": "x\u202e"}],
)
def test_a_token_without_bounds_is_not_made(portal: Portal, maya: Operator, wrong: dict[str, str]) -> None:
    answer = maya.send(PAGE, {"label": "Pipeline", "uses": "2", "days": "7"} | wrong)
    assert answer.status_code == 422
    with portal.reading() as session:
        assert InitialAccessTokens(session).all() == []


def test_whoever_knows_an_app_vouches_for_it_and_takes_that_back(
    app: Flask, portal: Portal, maya: Operator
) -> None:
    path = self_registered(app, portal, maya)
    assert "Nobody has vouched for this app" in shown(maya.page(path))
    for _ in range(2):
        assert maya.send(f"{path}/vouch", seen_on=path).status_code == 303
    page = shown(maya.page(path))
    assert "vouched for the app" in page
    assert "by itself, and somebody vouches for it" in page
    assert "Nobody has vouched" not in page
    for _ in range(2):
        assert maya.send(f"{path}/vouch/withdraw", seen_on=path).status_code == 303
    page = shown(maya.page(path))
    assert "no longer vouches for the app" in page
    assert "Nobody has vouched for this app" in page
    assert [entry.after_state for entry in history(portal, "client.vouched_for")] == [{"is_vouched": True}]
    assert [entry.after_state for entry in history(portal, "client.vouch_withdrawn")] == [
        {"is_vouched": False}
    ]


def test_apps_that_nobody_vouches_for_are_listed_by_themselves(
    app: Flask, portal: Portal, maya: Operator
) -> None:
    path = self_registered(app, portal, maya)
    known = register_by_hand(maya, client_name="Known app")
    assert f'href="{known}"' not in maya.page("/admin/apps?state=unverified")
    assert f'href="{path}"' in maya.page("/admin/apps?state=unverified")
    assert re.search(r"Unverified\s+1\b", shown(maya.page("/admin/apps")))
    maya.send(f"{path}/vouch", seen_on=path)
    assert "Every app is known" in shown(maya.page("/admin/apps?state=unverified"))


def test_an_app_of_an_administrator_needs_nobodys_word(portal: Portal, maya: Operator) -> None:
    path = register_by_hand(maya)
    assert "No longer vouch" not in shown(maya.page(path))
    assert maya.send(f"{path}/vouch/withdraw", seen_on=path).status_code == 409
    assert history(portal, "client.vouch_withdrawn") == []


def self_registered(app: Flask, portal: Portal, operator: Operator) -> str:
    """The page of an app that came with a token of this operator."""
    one = registered(app.test_client(use_cookies=False), made(operator))
    with portal.reading() as session:
        client = Clients(session).by_client_id(one.metadata["client_id"])
    assert client is not None
    return f"/admin/apps/{client.id}"
