"""A portal that has been in use for long, and apps that do much at once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import time_machine
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import App, authorize, payload_of, sign_in_to, tokens_for, userinfo
from tests.support.many_tokens import fill_with_redeemed_codes, fill_with_tokens
from tests.support.plans import plans

ENOUGH = 3_000
"""Rows for a planner to see that reading them all is dear."""
READ_WHOLE = re.compile(r"(Seq Scan on|SCAN) (token_families|refresh_tokens)\b")


def test_full_tables_are_never_read_whole(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    tokens = tokens_for(visitor, web_app)
    fill_with_tokens(portal, ENOUGH)
    code = sign_in_to(visitor, web_app)["code"]
    requests: dict[str, Callable[[], int]] = {
        "introspection": lambda: _status(web_app, program, "/oauth2/introspect", tokens["access_token"]),
        "userinfo": lambda: userinfo(program, tokens["access_token"]).status_code,
        "refresh": lambda: web_app.refresh(program, tokens["refresh_token"]).status_code,
        "code": lambda: web_app.redeem(program, code).status_code,
        "revocation": lambda: _status(web_app, program, "/oauth2/revoke", tokens["access_token"]),
    }
    for name, request in requests.items():
        with plans(portal) as found:
            assert request() == 200, name
        assert found
        assert [plan for plan in found if READ_WHOLE.search(plan)] == [], name


OF_OPEN_CODES = re.compile(
    r"SEARCH authorization_codes .*\(grant_id=\? AND redeemed_at=\? AND expires_at>\?\)"  # SQLite
    r"|on authorization_codes .*\n *Index Cond: .*grant_id = .*redeemed_at IS NULL.*expires_at >"
)


def test_a_code_is_given_without_a_look_at_those_that_were_redeemed(
    portal: Portal, visitor: FlaskClient, web_app: App
) -> None:
    """They stay for up to an hour: an app that signs people in silently would make its own next one dearer."""
    tokens_for(visitor, web_app)
    fill_with_redeemed_codes(portal, ENOUGH)
    with plans(portal) as found:
        assert "code=" in authorize(visitor, web_app.request(prompt="none")).location
    counting = [plan for plan in found if "authorization_codes" in plan and not plan.startswith("Insert")]
    assert counting
    assert [plan for plan in counting if not OF_OPEN_CODES.search(plan)] == []


def _status(app: App, program: FlaskClient, path: str, token: str) -> int:
    return app.post(program, path, token=token).status_code


def test_tokens_of_one_second_are_all_tokens(
    visitor: FlaskClient, program: FlaskClient, web_app: App, register_app: RegisterApp
) -> None:
    """Of one person and one app, by sign-ins and refreshes alike; each counts by itself."""
    service = register_app("service")
    with time_machine.travel(datetime.now(UTC), tick=False):
        first, second = tokens_for(visitor, web_app), tokens_for(visitor, web_app)
        third = web_app.refresh(program, second["refresh_token"]).get_json()
        tokens = [answer["access_token"] for answer in (first, second, third)]
        own = [_own_token(service, program) for _ in range(3)]
        assert len({payload_of(token)["jti"] for token in (*tokens, *own)}) == 6
        assert {userinfo(program, token).status_code for token in tokens} == {200}
        assert _status(web_app, program, "/oauth2/revoke", tokens[0]) == 200
        assert [userinfo(program, token).status_code for token in tokens] == [401, 200, 200]


def _own_token(service: App, program: FlaskClient) -> str:
    answer = service.post(program, "/oauth2/token", grant_type="client_credentials")
    token: str = answer.get_json()["access_token"]
    return token
