"""What becomes of the tokens of a sign-in: they go on by rotation, and end with the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.clients.usecases.own import OWN_CLIENT_ID
from portal.sessions.repository import Sessions
from tests.api.graphql.conftest import actions

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from portal.bootstrap import Portal
    from tests.api.conftest import AddPerson
    from tests.api.graphql.conftest import Asker


def refresh(asker: Asker, token: str) -> TestResponse:
    asked = {"grant_type": "refresh_token", "client_id": OWN_CLIENT_ID, "refresh_token": token}
    return asker.client.post("/oauth2/token", data=asked)


def test_tokens_rotate_at_the_token_endpoint_and_one_that_comes_twice_ends_all(
    nobody: Asker, add_person: AddPerson
) -> None:
    add_person("maya@example.org")
    first = nobody.login("maya").get_json()["data"]["login"]
    second = refresh(nobody, first["refreshToken"]).get_json()
    assert second["refresh_token"] != first["refreshToken"]
    assert {"openid", "account:read", "users:write"} <= set(second["scope"].split())
    assert nobody.with_token(second["access_token"]).read("{ currentUser { username } }")
    assert refresh(nobody, first["refreshToken"]).status_code == 400
    assert nobody.with_token(second["access_token"]).refused("{ currentUser { id } }") == "invalid_token"
    assert refresh(nobody, second["refresh_token"]).status_code == 400


def test_signing_out_ends_the_session_and_everything_that_hangs_on_it(
    portal: Portal, nobody: Asker, add_person: AddPerson
) -> None:
    maya = add_person("maya@example.org")
    one, other = (nobody.login("maya").get_json()["data"]["login"] for _ in range(2))
    mine = nobody.with_token(one["accessToken"])
    with portal.reading() as session:
        assert len(Sessions(session).live_of(maya.id, at=portal.ports.clock.now())) == 2
    assert mine.read("mutation { logout }") == {"logout": True}
    assert mine.refused("{ currentUser { id } }") == "invalid_token"
    assert refresh(nobody, one["refreshToken"]).status_code == 400
    assert nobody.with_token(other["accessToken"]).read("{ currentUser { username } }")
    with portal.reading() as session:
        assert len(Sessions(session).live_of(maya.id, at=portal.ports.clock.now())) == 1
    assert {"session.ended", "tokens.revoked"} <= set(actions(portal, "session.ended", "tokens.revoked"))


def test_a_personal_access_token_is_of_no_sign_in(devon_asks: Asker) -> None:
    assert devon_asks.refused("mutation { logout }") == "no_sign_in"
