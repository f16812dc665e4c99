"""Who has to sign in, choose, or be left alone: prompt, max_age and hints (OpenID Connect Core 3.1.2.1)."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import User
from tests.oauth.steps import (
    App,
    answer_consent,
    authorize,
    follow,
    hidden_fields,
    payload_of,
    returned,
    sign_in_to,
    tokens_for,
)
from tests.support.people import PASSWORD
from tests.support.portals import MovableClock


def _sign_in(visitor: FlaskClient, page: TestResponse, email: str) -> TestResponse:
    """Through the portal's own two pages, as a person does."""
    assert page.request.path == "/login", page.request.path
    second = visitor.post("/login", data={**hidden_fields(page, "/login"), "identifier": email})
    second = follow(visitor, second)
    form = {**hidden_fields(second, "/login/password"), "identifier": email, "password": PASSWORD}
    return follow(visitor, visitor.post("/login/password", data=form))


def _error(visitor: FlaskClient, app: App, **changes: str | None) -> str:
    back = returned(authorize(visitor, app.request(**changes)))
    assert back["state"] == changes.get("state", "state-1")
    return back["error"]


def test_a_stranger_signs_in_first_and_comes_back(client: FlaskClient, web_app: App, maya: User) -> None:
    page = authorize(client, web_app.request())
    assert "to continue to" in page.text
    assert "Kestrel CI" in page.text
    consent = _sign_in(client, page, maya.email)
    assert "Allow access" in consent.text
    assert "code" in returned(answer_consent(client, consent))


def test_a_login_hint_fills_the_page_and_binds_nobody(client: FlaskClient, web_app: App, maya: User) -> None:
    page = authorize(client, web_app.request(login_hint="buffy@localhost"))
    assert 'value="buffy@localhost"' in page.text
    assert "Allow access" in _sign_in(client, page, maya.email).text


def test_prompt_none_answers_at_once_or_says_why_not(app: Flask, visitor: FlaskClient, web_app: App) -> None:
    long_state = "z" * 124 + "-._~"
    assert _error(app.test_client(), web_app, prompt="none", state=long_state) == "login_required"
    assert _error(visitor, web_app, prompt="none", state=long_state) == "consent_required"
    first = tokens_for(visitor, web_app)
    second = tokens_for(visitor, web_app, prompt="none")
    for claim in ("sub", "auth_time", "sid"):
        assert payload_of(second["id_token"])[claim] == payload_of(first["id_token"])[claim]
    assert _error(visitor, web_app, prompt="none", scope="openid roles") == "consent_required"


def test_prompt_login_asks_again_and_keeps_the_session(
    visitor: FlaskClient, web_app: App, maya: User, clock: MovableClock
) -> None:
    first = payload_of(tokens_for(visitor, web_app)["id_token"])
    clock.advance(seconds=2)
    page = authorize(visitor, web_app.request(prompt="login"))
    again = authorize(visitor, web_app.request(prompt="login"))
    assert page.request.path == again.request.path == "/login"
    back = returned(_sign_in(visitor, page, maya.email))
    second = payload_of(web_app.redeem(visitor, back["code"]).get_json()["id_token"])
    assert second["auth_time"] > first["auth_time"]
    assert (second["sub"], second["sid"]) == (first["sub"], first["sid"])


def test_turning_back_from_prompt_login_leads_nowhere(visitor: FlaskClient, web_app: App) -> None:
    """CVE-2023-6787: a session that was there before does not answer a request for a new sign-in."""
    tokens_for(visitor, web_app)
    page = authorize(visitor, web_app.request(prompt="login"))
    resumed = follow(visitor, visitor.get(f"/oauth2/authorize/resume?{page.request.query_string.decode()}"))
    assert resumed.request.path == "/login"


def test_max_age_counts_from_the_last_proof(
    visitor: FlaskClient, web_app: App, maya: User, clock: MovableClock
) -> None:
    first = payload_of(tokens_for(visitor, web_app, max_age="15000")["id_token"])
    clock.advance(seconds=2)
    same = payload_of(tokens_for(visitor, web_app, max_age="10000")["id_token"])
    assert same["auth_time"] == first["auth_time"]
    page = authorize(visitor, web_app.request(max_age="1"))
    assert page.request.path == "/login"
    assert _error(visitor, web_app, max_age="1", prompt="none") == "login_required"
    back = returned(_sign_in(visitor, page, maya.email))
    later = payload_of(web_app.redeem(visitor, back["code"]).get_json()["id_token"])
    assert later["auth_time"] > first["auth_time"]


def test_max_age_zero_is_prompt_login(
    visitor: FlaskClient, web_app: App, maya: User, clock: MovableClock
) -> None:
    sign_in_to(visitor, web_app)
    clock.advance(seconds=1)
    page = authorize(visitor, web_app.request(max_age="0"))
    assert "code" in returned(_sign_in(visitor, page, maya.email))


def test_a_person_may_go_on_or_be_somebody_else(
    visitor: FlaskClient, web_app: App, add_person: Callable[..., User]
) -> None:
    sign_in_to(visitor, web_app)
    page = authorize(visitor, web_app.request(prompt="select_account"))
    assert "Continue as" in page.text
    form = hidden_fields(page, "/oauth2/authorize/account")
    went_on = follow(visitor, visitor.post("/oauth2/authorize/account", data={**form, "choice": "continue"}))
    assert "code" in returned(went_on)
    noor = add_person("noor@meridian.example", name="Noor")
    page = authorize(visitor, web_app.request(prompt="select_account"))
    form = hidden_fields(page, "/oauth2/authorize/account")
    login = follow(visitor, visitor.post("/oauth2/authorize/account", data={**form, "choice": "other"}))
    consent = _sign_in(visitor, login, noor.email)
    assert "noor@meridian.example" in consent.text
    code = returned(answer_consent(visitor, consent))["code"]
    assert payload_of(web_app.redeem(visitor, code).get_json()["id_token"])["sub"] == str(noor.id)


def test_a_hint_names_the_only_person_who_will_do(
    visitor: FlaskClient, visitor_as: Callable[[User], FlaskClient], web_app: App, add_person: Callable[..., User],
    clock: MovableClock,
) -> None:  # fmt: skip
    hint = tokens_for(visitor, web_app)["id_token"]
    clock.advance(hours=3)
    assert "code" in sign_in_to(visitor, web_app, id_token_hint=hint, prompt="none"), "expired is fine"
    noor = add_person("noor@meridian.example")
    other = visitor_as(noor)
    sign_in_to(other, web_app)
    assert _error(other, web_app, id_token_hint=hint, prompt="none") == "login_required"
    page = authorize(other, web_app.request(id_token_hint=hint))
    assert returned(_sign_in(other, page, noor.email))["error"] == "login_required"


def test_the_claims_parameter_may_name_the_person_and_an_essential_acr(
    visitor: FlaskClient, web_app: App, maya: User
) -> None:
    sign_in_to(visitor, web_app)
    mine, other = (f'{{"id_token": {{"sub": {{"value": "{sub}"}}}}}}' for sub in (maya.id, "somebody"))
    assert "code" in sign_in_to(visitor, web_app, claims=mine, prompt="none")
    assert _error(visitor, web_app, claims=other, prompt="none") == "login_required"
    reachable, unreachable = (
        f'{{"id_token": {{"acr": {{"essential": true, "values": ["{acr}"]}}}}}}' for acr in ("1", "gold")
    )
    assert "code" in sign_in_to(visitor, web_app, claims=reachable, prompt="none")
    assert _error(visitor, web_app, claims=unreachable) == "unmet_authentication_requirements"
