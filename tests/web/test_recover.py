"""A forgotten password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.accounts.steps import PASSWORD, token_in
from tests.support.statements import statements
from tests.web.browsing import cookie, send, sign_in, token_on, without_chance, words_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.post import PostOffice

    AddPerson = Callable[..., User]
    Deliver = Callable[[], int]

MAYA = "maya@example.org"
NEW = "nine wet owls above the mill"


@pytest.fixture(autouse=True)
def maya(add_person: AddPerson) -> User:
    return add_person(MAYA, name="Maya Okafor", password=PASSWORD)


@pytest.fixture
def link(client: FlaskClient, deliver: Deliver, post: PostOffice) -> str:
    send(client, "/recover", email=MAYA)
    deliver()
    return f"/recover/{token_in(post.to(MAYA)[-1])}"


def test_a_mailed_link_sets_a_new_password_that_then_signs_in(client: FlaskClient, link: str) -> None:
    answer = send(client, link, password=NEW)
    assert (answer.status_code, answer.location) == (303, "/login/password")
    page = client.get("/login/password")
    assert "Your password is changed" in words_on(page)
    assert MAYA in words_on(page)
    assert sign_in(client, MAYA, PASSWORD).status_code == 422
    assert sign_in(client, MAYA, NEW).location == "/account"


def test_the_link_itself_signs_nobody_in(client: FlaskClient, link: str) -> None:
    answer = send(client, link, password=NEW)
    assert cookie(answer, "portal_session") is None
    assert client.get("/account").status_code == 303


def test_every_session_ends_with_the_old_password(app: Flask, client: FlaskClient, link: str) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, MAYA)
    send(client, link, password=NEW)
    assert elsewhere.get("/account").status_code == 303


def test_a_recovery_opens_an_account_that_guessing_had_locked(
    app: Flask, client: FlaskClient, link: str
) -> None:
    stranger = app.test_client()
    for _ in range(10):
        sign_in(stranger, MAYA, "wrong")
    send(client, link, password=NEW)
    assert sign_in(client, MAYA, NEW).status_code == 303


def test_every_address_gets_the_same_answer_at_the_same_cost(app: Flask, portal: Portal) -> None:
    answers = []
    for email in (MAYA, "zara@example.org"):
        client = app.test_client()
        data = {"csrf_token": token_on(client.get("/recover")), "email": email}
        with statements(portal.engine) as asked:
            answer = client.post("/recover", data=data)
        page = without_chance(client.get("/recover/sent").text)
        answers.append(
            (answer.status, answer.location, sorted(name for name, _ in answer.headers), asked, page)
        )
    assert answers[0] == answers[1]


def test_a_used_or_foreign_link_says_what_to_do(client: FlaskClient, link: str) -> None:
    send(client, link, password=NEW)
    for path in (link, link[:-1], "/recover/nothing"):
        page = client.get(path)
        assert page.status_code == 410
        assert "Send a new link" in words_on(page)


def test_a_password_without_the_link_goes_nowhere(client: FlaskClient) -> None:
    """C-7: jump to the last step with nothing, or with a link of nobody."""
    token = token_on(client.get("/recover"))
    for path in ("/recover/sent", "/recover/", "/recover/x", f"/recover/{'x' * 70}"):
        answer = client.post(path, data={"csrf_token": token, "password": NEW})
        assert answer.status_code in {404, 405, 410}
    assert sign_in(client, MAYA, PASSWORD).status_code == 303


@pytest.mark.parametrize("password", ["short", "okafor.maya.1984", "passwordpassword"])
def test_the_rule_for_passwords_holds_here_too(client: FlaskClient, link: str, password: str) -> None:
    answer = send(client, link, password=password)
    assert answer.status_code == 422
    assert password not in answer.text
    assert send(client, link, password=NEW).status_code == 303


def test_mailed_links_come_from_the_settings_and_not_from_the_request(
    client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    """CVE-2021-30185: Host and its relatives are the visitor's."""
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
    data = {"csrf_token": token_on(client.get("/recover")), "email": MAYA}
    client.post("/recover", data=data, headers=headers)
    client.post("/recover", data=data, headers={"Forwarded": "host=evil.example;proto=gopher"})
    deliver()
    assert post.messages
    assert all("http://localhost/recover/" in mail.as_string() for mail in post.messages)
    assert not any("evil" in mail.as_string() or "gopher" in mail.as_string() for mail in post.messages)
