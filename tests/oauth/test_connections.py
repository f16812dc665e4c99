"""Connected apps: what people see of them, and how they disconnect one."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.grants.repository.grants import Grants
from tests.oauth.conftest import audit_of
from tests.oauth.steps import App, authorize, hidden_fields, sign_in_to, tokens_for, userinfo

AddPerson = Callable[..., User]
VisitorAs = Callable[[User], FlaskClient]


def _disconnect_path(portal: Portal, person: User) -> str:
    with portal.reading() as session:
        grant = Grants(session).connections_of(person.id)[0]
    return f"/account/apps/{grant.grant_id}/disconnect"


@pytest.fixture
def connected(visitor: FlaskClient, web_app: App) -> dict[str, str]:
    """Maya has signed in to Kestrel CI."""
    return tokens_for(visitor, web_app)


def test_nothing_is_connected_at_first(visitor: FlaskClient) -> None:
    page = visitor.get("/account/apps")
    assert page.status_code == 200
    assert "No apps yet" in page.text


def test_a_connected_app_is_listed_with_what_it_sees(
    visitor: FlaskClient,
    connected: dict[str, str],
) -> None:
    page = visitor.get("/account/apps")
    assert "Kestrel CI" in page.text
    assert "Sees who you are and your email address" in page.text
    assert "Ongoing" in page.text


def test_disconnecting_ends_everything_and_asks_again_next_time(
    portal: Portal,
    visitor: FlaskClient,
    web_app: App,
    maya: User,
    connected: dict[str, str],
) -> None:
    code = sign_in_to(visitor, web_app)["code"]
    path = _disconnect_path(portal, maya)
    answer = visitor.post(path, data=hidden_fields(visitor.get("/account/apps"), path), follow_redirects=True)
    assert "Disconnected Kestrel CI" in answer.text
    assert "No apps yet" in answer.text
    assert userinfo(visitor, connected["access_token"]).status_code == 401
    assert web_app.refresh(visitor, connected["refresh_token"]).status_code == 400
    assert web_app.redeem(visitor, code).status_code == 400
    assert "Allow access" in authorize(visitor, web_app.request()).text
    revoked = audit_of(portal, "consent.revoked")
    assert [entry.before_state for entry in revoked] == [
        {"scopes": ["email", "offline_access", "openid", "profile"], "claims": [], "declined": []}
    ]


def test_a_second_press_says_that_it_is_done(
    portal: Portal,
    visitor: FlaskClient,
    maya: User,
    connected: dict[str, str],
) -> None:
    path = _disconnect_path(portal, maya)
    form = hidden_fields(visitor.get("/account/apps"), path)
    answers = [visitor.post(path, data=form, follow_redirects=True).text for _ in range(2)]
    assert "was disconnected already" in answers[1]


def test_nobody_disconnects_for_another(
    portal: Portal, add_person: AddPerson, visitor_as: VisitorAs, maya: User, connected: dict[str, str],
    program: FlaskClient,
) -> None:  # fmt: skip
    noor = visitor_as(add_person("noor@meridian.example"))
    path = _disconnect_path(portal, maya)
    token = hidden_fields(noor.get("/account"), "/logout")
    answer = noor.post(path, data=token, follow_redirects=True)
    assert "was disconnected already" in answer.text
    assert userinfo(program, connected["access_token"]).status_code == 200
    assert program.post(path).status_code in {303, 400}


@pytest.fixture
def operator(add_person: AddPerson, visitor_as: VisitorAs) -> FlaskClient:
    return visitor_as(add_person("olga@meridian.example", administrator=True))


def _operators_path(portal: Portal, person: User) -> str:
    with portal.reading() as session:
        grant = Grants(session).connections_of(person.id)[0]
    return f"/admin/users/{person.id}/apps/{grant.grant_id}/disconnect"


def test_an_operator_disconnects_an_app_and_says_why(
    portal: Portal, operator: FlaskClient, maya: User, web_app: App, connected: dict[str, str], program: FlaskClient
) -> None:  # fmt: skip
    path = _operators_path(portal, maya)
    assert path in operator.get(f"/admin/users/{maya.id}").text
    asked = operator.get(path)
    assert "Every token that the app holds of this person stops working" in asked.text
    token = hidden_fields(operator.get("/account"), "/logout")
    answer = operator.post(path, data={**token, "reason": "her laptop was stolen"})
    assert (answer.status_code, answer.location) == (303, f"/admin/users/{maya.id}")
    assert userinfo(program, connected["access_token"]).status_code == 401
    refused = web_app.refresh(program, connected["refresh_token"])
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_grant")
    (entry,) = audit_of(portal, "consent.revoked")
    assert (entry.actor_label, entry.reason) == ("olga", "her laptop was stolen")
    assert operator.get(path).status_code == 404


def test_an_operator_is_asked_for_the_reason(
    portal: Portal, operator: FlaskClient, maya: User, connected: dict[str, str], program: FlaskClient
) -> None:
    path = _operators_path(portal, maya)
    answer = operator.post(
        path, data={**hidden_fields(operator.get("/account"), "/logout"), "reason": "x" * 400}
    )
    assert answer.status_code == 422
    assert "x" * 400 in answer.text
    assert userinfo(program, connected["access_token"]).status_code == 200


def test_an_operator_finds_only_apps_of_that_person(
    portal: Portal, operator: FlaskClient, maya: User, add_person: AddPerson, connected: dict[str, str],
    program: FlaskClient,
) -> None:  # fmt: skip
    noor = add_person("noor@meridian.example")
    elsewhere = _operators_path(portal, maya).replace(str(maya.id), str(noor.id))
    assert operator.get(elsewhere).status_code == 404
    assert userinfo(program, connected["access_token"]).status_code == 200
