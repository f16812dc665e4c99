"""The UserInfo endpoint: who may ask, how, and what is said."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from portal.access.services import assign_role
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.schemas import Profile
from portal.accounts.usecases.edit_profile import edit_profile
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import App, authorize, tokens_for, userinfo

PROFILE = {
    "given_name": "Maya",
    "family_name": "Okafor",
    "middle_name": "Ada",
    "nickname": "May",
    "profile": "https://meridian.example/maya",
    "picture": "https://meridian.example/maya.png",
    "website": "https://maya.example",
    "gender": "female",
    "zoneinfo": "Europe/Amsterdam",
    "locale": "en-GB",
}


@pytest.fixture
def filled(portal: Portal, maya: User) -> User:
    """Every profile claim has a value."""
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).get(maya.id)
        assert user is not None
        for field, value in PROFILE.items():
            setattr(user, field, value)
        user.birthdate = date(1987, 6, 5)
        return user


def test_a_scope_brings_all_of_its_claims(
    visitor: FlaskClient, program: FlaskClient, web_app: App, filled: User
) -> None:
    claims = userinfo(program, tokens_for(visitor, web_app)["access_token"]).get_json()
    updated_at = claims.pop("updated_at")
    assert claims == {
        **PROFILE,
        "sub": str(filled.id),
        "name": "Maya Okafor",
        "preferred_username": "maya",
        "birthdate": "1987-06-05",
        "email": "maya@meridian.example",
        "email_verified": True,
    }
    assert isinstance(updated_at, int)


def test_a_scope_brings_nothing_of_another(
    visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User
) -> None:
    answers = {
        scope: set(userinfo(program, tokens_for(visitor, web_app, scope=scope)["access_token"]).get_json())
        for scope in ("openid", "openid email", "openid roles")
    }
    assert answers == {
        "openid": {"sub"},
        "openid email": {"sub", "email", "email_verified"},
        "openid roles": {"sub", "roles"},
    }


def test_what_has_no_value_is_left_out(visitor: FlaskClient, program: FlaskClient, web_app: App) -> None:
    claims = userinfo(program, tokens_for(visitor, web_app)["access_token"]).get_json()
    assert [name for name, value in claims.items() if value in (None, "", [])] == []
    assert "nickname" not in claims


def test_roles_are_those_of_this_moment(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User
) -> None:
    token = tokens_for(visitor, web_app, scope="openid roles")["access_token"]
    assert userinfo(program, token).get_json()["roles"] == ["user"]
    with portal.unit_of_work(SYSTEM) as uow:
        assign_role(uow, "auditor", to=maya.ref, reason="for a test")
    assert userinfo(program, token).get_json()["roles"] == ["auditor", "user"]


def test_a_token_may_come_by_header_or_posted_body(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    token = tokens_for(visitor, web_app)["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    answers = [
        program.get("/oauth2/userinfo", headers=bearer),
        program.post("/oauth2/userinfo", headers=bearer),
        program.post("/oauth2/userinfo", data={"access_token": token}),
        program.get("/oauth2/userinfo", headers={"Authorization": f"bearer {token}"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert all(answer.content_type == "application/json" for answer in answers)
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in answers)


def test_a_token_in_the_address_or_twice_is_refused(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    token = tokens_for(visitor, web_app)["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    answers = [
        program.get("/oauth2/userinfo", query_string={"access_token": token}),
        program.get("/oauth2/userinfo", query_string={"access_token": token}, headers=bearer),
        program.post("/oauth2/userinfo", data={"access_token": token}, headers=bearer),
    ]
    assert [(answer.status_code, answer.get_json()["error"]) for answer in answers] == [
        (400, "invalid_request")
    ] * 3


def test_without_a_token_there_is_a_challenge_and_no_error_code(program: FlaskClient) -> None:
    for headers in (
        {},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
    ):
        answer = program.get("/oauth2/userinfo", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="http://localhost"'


def test_a_wrong_token_is_told_to_be_one(visitor: FlaskClient, program: FlaskClient, web_app: App) -> None:
    tokens = tokens_for(visitor, web_app)
    for wrong in (
        tokens["id_token"],
        tokens["refresh_token"],
        tokens["access_token"][:-2],
        "x",
        "a.b.c",
        "é" * 20,
    ):
        answer = program.get(
            "/oauth2/userinfo", headers={"Authorization": f"Bearer {wrong}".encode().decode("latin-1")}
        )
        assert answer.status_code == 401, wrong
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_address_and_phone_are_told_to_who_asks_for_them(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, maya: User
) -> None:
    app = register_app("web", scope="openid address phone", require_consent=False)
    token = tokens_for(visitor, app, scope="openid address phone")["access_token"]
    assert set(userinfo(program, token).get_json()) == {"sub"}, "what has no value is left out"
    profile = Profile(
        name="Maya Okafor", username=maya.username, phone_number="+31 (20) 794-0800", street_address="Damrak 1",
        locality="Amsterdam", postal_code="1012 LG", country="Netherlands",
    )  # fmt: skip
    with portal.unit_of_work(SYSTEM) as uow:
        edit_profile(uow, maya.id, profile)
    claims = userinfo(program, token).get_json()
    assert claims["phone_number"] == "+31207940800"
    assert claims["phone_number_verified"] is False
    assert claims["address"] == {
        "formatted": "Damrak 1\n1012 LG Amsterdam\nNetherlands", "street_address": "Damrak 1",
        "locality": "Amsterdam", "postal_code": "1012 LG", "country": "Netherlands",
    }  # fmt: skip


def test_another_phone_number_is_not_verified_by_the_one_before(portal: Portal, maya: User) -> None:
    def edit(number: str | None) -> User:
        with portal.unit_of_work(SYSTEM) as uow:
            return edit_profile(
                uow, maya.id, Profile(name="Maya", username=maya.username, phone_number=number)
            )

    with portal.unit_of_work(SYSTEM) as uow:
        person = Users(uow.session).get(maya.id)
        assert person is not None
        person.phone_number, person.phone_number_verified_at = "+31207940800", uow.now
    assert edit("+31 20 794 0800").phone_number_verified_at is not None
    assert edit("+31 20 794 0801").phone_number_verified_at is None
    assert edit(None).phone_number is None


def test_the_consent_page_shows_the_very_address_and_number(
    portal: Portal, visitor: FlaskClient, register_app: RegisterApp, maya: User
) -> None:
    profile = Profile(name="Maya", username=maya.username, phone_number="+31207940800", locality="Amsterdam")
    with portal.unit_of_work(SYSTEM) as uow:
        edit_profile(uow, maya.id, profile)
    app = register_app("web", scope="openid address phone")
    page = authorize(visitor, app.request(scope="openid address phone")).text
    assert "See your postal address" in page
    assert "Amsterdam" in page
    assert "See your phone number" in page
    assert "+31207940800" in page
