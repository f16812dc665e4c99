"""What people are asked, what is remembered, and that nobody else can answer."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.steps import (
    App,
    answer_consent,
    authorize,
    follow,
    hidden_fields,
    returned,
    sign_in_to,
    tokens_for,
    userinfo,
)
from tests.support.people import sign_in


def test_the_page_shows_account_values_host_and_what_goes_on(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", policy_uri="https://kestrel.example/privacy")
    page = authorize(visitor, app.request(scope="openid profile email offline_access roles"))
    for shown in (
        "Kestrel CI",
        "Maya Okafor",
        "maya@meridian.example, verified",
        "Not set",
        "Ongoing",
        "7 days without use",
        "<dt>Roles</dt><dd><bdi>user</bdi></dd>",
        '<strong class="ltr">kestrel.example</strong>',
        'href="https://kestrel.example/privacy"',
        "Connected apps",
    ):
        assert shown in page.text, shown
    assert "autofocus" not in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_yes_is_remembered_for_what_it_was_about(
    portal: Portal, visitor: FlaskClient, web_app: App
) -> None:
    sign_in_to(visitor, web_app, scope="openid email")
    assert "code" in sign_in_to(visitor, web_app, scope="openid", prompt="none")
    page = authorize(visitor, web_app.request(scope="openid email offline_access"))
    assert "Allow access" in page.text
    assert "New" not in page.text.split("Stay connected")[0]
    answer_consent(visitor, page)
    granted = audit_of(portal, "consent.granted")
    assert granted[0].after_state == {"scopes": ["email", "offline_access", "openid"]}
    assert granted[0].before_state == {"scopes": ["email", "openid"]}
    assert "Allow access" in authorize(visitor, web_app.request(scope="openid", prompt="consent")).text


def test_a_no_goes_back_as_an_error_and_is_not_remembered(
    portal: Portal, visitor: FlaskClient, web_app: App
) -> None:
    page = authorize(visitor, web_app.request())
    back = returned(answer_consent(visitor, page, "deny"))
    assert (back["error"], back["state"], back["iss"]) == ("access_denied", "state-1", "http://localhost")
    assert len(audit_of(portal, "consent.denied")) == 1
    assert "Allow access" in authorize(visitor, web_app.request()).text


def test_an_optional_scope_may_be_left_out_and_nobody_is_asked_again(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    page = authorize(visitor, web_app.request(scope="openid roles"))
    assert 'name="scope" value="roles"' in page.text
    code = returned(answer_consent(visitor, page, scopes=()))["code"]
    tokens = web_app.redeem(program, code).get_json()
    assert tokens["scope"] == "openid"
    assert "roles" not in userinfo(program, tokens["access_token"]).get_json()
    assert "code" in sign_in_to(visitor, web_app, scope="openid roles", prompt="none")
    page = authorize(visitor, web_app.request(scope="openid roles", prompt="consent"))
    code = returned(answer_consent(visitor, page, scopes=("roles",)))["code"]
    assert web_app.redeem(program, code).get_json()["scope"] == "openid roles"


def test_nothing_can_be_added_to_a_scope_by_the_form(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    """CVE-2020-13300: what is answered to stands in the flow."""
    page = authorize(visitor, web_app.request(scope="openid"))
    code = returned(answer_consent(visitor, page, scopes=("roles", "email", "offline_access")))["code"]
    assert web_app.redeem(program, code).get_json()["scope"] == "openid"


def test_an_app_that_was_cut_down_meanwhile_gets_no_more(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    page = authorize(visitor, web_app.request(scope="openid email"))
    with portal.unit_of_work(SYSTEM) as uow:
        client = Clients(uow.session).get(client_row(portal, web_app).id)
        client.scope, client.updated_at = "openid", uow.now
    code = returned(answer_consent(visitor, page))["code"]
    assert web_app.redeem(program, code).get_json()["scope"] == "openid"


def test_an_app_may_be_let_off_asking_and_it_is_written_down(
    portal: Portal, visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", require_consent=False)
    assert "code" in returned(authorize(visitor, app.request(prompt="none")))
    assert audit_of(portal, "consent.granted")[0].reason == "this app needs no consent"
    assert "Allow access" in authorize(visitor, app.request(prompt="consent")).text


def test_a_native_app_is_asked_for_each_time_unless_the_web_vouches_for_its_address(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("native", redirect_uris=("com.example.kestrel:/cb", "https://kestrel.example/app"))
    sign_in_to(visitor, app)
    assert "Allow access" in authorize(visitor, app.request()).text
    assert returned(authorize(visitor, app.request(prompt="none")))["error"] == "consent_required"
    assert "code" in sign_in_to(visitor, app, redirect_uri="https://kestrel.example/app", prompt="none")


def test_another_browser_can_neither_see_nor_answer(
    app: Flask, visitor: FlaskClient, visitor_as: Callable[[User], FlaskClient], add_person: Callable[..., User],
    web_app: App,
) -> None:  # fmt: skip
    """CVE-2022-39222, CVE-2025-52553: a flow belongs to the browser that began it."""
    page = authorize(visitor, web_app.request())
    form = hidden_fields(page, "/oauth2/consent")
    attacker = visitor_as(add_person("mallory@meridian.example"))
    authorize(attacker, web_app.request())
    address = f"/oauth2/authorize/resume?flow={form['flow']}"
    assert [browser.get(address).status_code for browser in (attacker, app.test_client())] == [403, 403]
    own = hidden_fields(authorize(attacker, web_app.request()), "/oauth2/consent")
    stolen = {**own, "flow": form["flow"], "decision": "allow"}
    assert attacker.post("/oauth2/consent", data=stolen).status_code == 403
    assert "code" in returned(answer_consent(visitor, page))


def test_an_answer_counts_once_and_only_with_its_token(visitor: FlaskClient, web_app: App) -> None:
    page = authorize(visitor, web_app.request())
    form = {**hidden_fields(page, "/oauth2/consent"), "decision": "allow"}
    assert visitor.post("/oauth2/consent", data={**form, "csrf_token": "x"}).status_code == 400
    assert visitor.post("/oauth2/consent", data=form).status_code == 303
    assert visitor.post("/oauth2/consent", data=form).status_code == 403


def test_an_answer_given_as_somebody_else_is_asked_for_again(
    portal: Portal, visitor: FlaskClient, web_app: App, add_person: Callable[..., User]
) -> None:
    """Two tabs: the page was shown to Maya, and Noor has signed in meanwhile."""
    page = authorize(visitor, web_app.request())
    form = {**hidden_fields(page, "/oauth2/consent"), "decision": "allow"}
    sign_in(visitor, portal, add_person("noor@meridian.example"))
    answer = visitor.post("/oauth2/consent", data=form)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/oauth2/authorize/resume")
    assert "noor@meridian.example" in follow(visitor, answer).text


def test_tokens_still_come_after_an_answer_with_any_spelling_of_a_scope(
    visitor: FlaskClient, web_app: App
) -> None:
    tokens = tokens_for(visitor, web_app, scope="email  openid telepathy openid")
    assert tokens["scope"] == "email openid"
