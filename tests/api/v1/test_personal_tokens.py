"""Personal access tokens at the REST API: what they open, and what they never do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from portal.accounts.repository import Users
from portal.grants.repository.personal_tokens import TokensOfPerson
from portal.grants.schemas import MakePersonalToken
from portal.infra.actor import SYSTEM
from tests.grants.personal import make
from tests.support.history import history
from tests.support.statements import statements

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What a database decides about them is tried on both where they live."""


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person("maya@example.org")


def token_of(portal: Portal, person: User, *scopes: str) -> str:
    wish = MakePersonalToken.model_validate({"name": "Script", "scopes": scopes, "days": 30})
    return make(portal, person, wish).text


def call(
    client: FlaskClient, token: str, *, path: str = "/api/v1/me", scheme: str = "Bearer"
) -> TestResponse:
    return client.get(path, headers={"Authorization": f"{scheme} {token}"})


def test_a_script_acts_for_its_person(client: FlaskClient, portal: Portal, maya: User) -> None:
    answer = call(client, token_of(portal, maya, "account:read"))
    assert answer.status_code == 200
    assert answer.get_json()["id"] == str(maya.id)


def test_a_scope_is_needed_and_the_permission_as_well(
    client: FlaskClient, portal: Portal, maya: User, add_person: AddPerson
) -> None:
    ada = add_person("ada@example.org", administrator=True)
    narrow = call(client, token_of(portal, ada, "account:read"), path="/api/v1/users")
    assert (narrow.status_code, narrow.get_json()["error"]) == (403, "insufficient_scope")
    assert 'scope="users:read"' in narrow.headers["WWW-Authenticate"]
    assert call(client, token_of(portal, maya, "users:read"), path="/api/v1/users").status_code == 403
    assert call(client, token_of(portal, ada, "users:read"), path="/api/v1/users").status_code == 200


def test_one_that_ended_is_turned_away_with_its_reason(
    client: FlaskClient, portal: Portal, maya: User, clock: MovableClock
) -> None:
    token = token_of(portal, maya, "account:read")
    clock.advance(days=31)
    answer = call(client, token)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert token not in answer.text


def test_a_new_password_ends_it(client: FlaskClient, portal: Portal, maya: User) -> None:
    token = token_of(portal, maya, "account:read")
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).get(maya.id)
        assert user is not None
        user.set_password("hash", at=uow.now)
    assert call(client, token).status_code == 401


def test_it_comes_as_a_bearer_token_only(client: FlaskClient, portal: Portal, maya: User) -> None:
    token = token_of(portal, maya, "account:read")
    assert {call(client, token, scheme=scheme).status_code for scheme in ("DPoP", "Basic", "Token")} == {401}


def test_it_never_comes_in_an_address(client: FlaskClient, portal: Portal, maya: User) -> None:
    token = token_of(portal, maya, "account:read")
    assert client.get(f"/api/v1/me?access_token={token}").status_code == 400


def test_it_opens_no_page_and_no_endpoint_of_the_protocol(
    client: FlaskClient, portal: Portal, add_person: AddPerson
) -> None:
    ada = add_person("ada@example.org", administrator=True)
    token = token_of(portal, ada, "account:read", "users:read", "users:write")
    answers = {
        path: call(client, token, path=path) for path in ("/account", "/admin/users", "/oauth2/userinfo")
    }
    assert [answer.status_code for answer in answers.values()] == [303, 303, 401]


def test_its_use_shows_to_the_minute_and_costs_a_write_no_more_often(
    client: FlaskClient, portal: Portal, maya: User, clock: MovableClock
) -> None:
    token = token_of(portal, maya, "account:read")
    call(client, token)
    with statements(portal.engine) as asked:
        call(client, token)
    assert [one for one in asked if one.startswith("UPDATE")] == []
    clock.advance(seconds=61)
    call(client, token)
    with portal.reading() as session:
        (kept,) = TokensOfPerson(session, maya.id).all(most=9)
    assert kept.last_used_at is not None
    assert (clock.now() - kept.last_used_at).total_seconds() < 30
    assert history(portal, "tokens.personal_revoked") == []
