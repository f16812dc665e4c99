"""Creating an account, from the form to the first page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.accounts.repository import Users
from tests.accounts.steps import PASSWORD, code_in, token_in
from tests.support.statements import statements
from tests.web.browsing import send, token_on, without_chance, words_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

    AddPerson = Callable[..., User]
    Deliver = Callable[[], int]

MAYA = "maya@example.org"
INBOX = "/signup/check-inbox"


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person(MAYA)


def _sign_up(client: FlaskClient, email: str = MAYA, **fields: str) -> TestResponse:
    return send(client, "/signup", **{"name": "Maya Okafor", "email": email, "password": PASSWORD, **fields})


def test_a_code_from_the_inbox_leads_straight_to_ones_account(
    client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    assert _sign_up(client).location == INBOX
    assert MAYA in words_on(client.get(INBOX))
    deliver()
    answer = send(client, INBOX, code=code_in(post.to(MAYA)[0]))
    assert (answer.status_code, answer.location) == (303, "/account")
    page = client.get("/account")
    assert "Maya Okafor" in words_on(page)
    assert "Your account is ready" in words_on(page)


def test_one_click_on_the_link_does_in_the_same_browser(
    client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    _sign_up(client)
    deliver()
    link = f"/verify/{token_in(post.to(MAYA)[0])}"
    assert "password" not in client.get(link).text
    assert send(client, link).location == "/account"


def test_another_browser_has_to_give_the_password(
    app: Flask, client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    _sign_up(client)
    deliver()
    link = f"/verify/{token_in(post.to(MAYA)[0])}"
    elsewhere = app.test_client()
    assert "Enter your password" in words_on(elsewhere.get(link))
    assert send(elsewhere, link).status_code == 422
    wrong = send(elsewhere, link, password="not the one I chose")
    assert wrong.status_code == 422
    assert "isn't the password you chose" in words_on(wrong)
    assert send(elsewhere, link, password=PASSWORD).location == "/account"
    assert client.get(link).status_code == 410


def test_guessing_that_password_ends_after_five_tries(
    app: Flask, client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    _sign_up(client)
    deliver()
    link = f"/verify/{token_in(post.to(MAYA)[0])}"
    elsewhere = app.test_client()
    for _ in range(5):
        send(elsewhere, link, password="wrong")
    assert "Too many wrong passwords" in words_on(send(elsewhere, link, password=PASSWORD))


def test_a_known_address_gets_the_same_answer_at_the_same_cost(
    app: Flask, portal: Portal, add_person: AddPerson
) -> None:
    add_person(MAYA)
    answers = []
    for email in (MAYA, "zara@example.org"):
        client = app.test_client()
        data = {
            "csrf_token": token_on(client.get("/signup")),
            "name": "M",
            "email": email,
            "password": PASSWORD,
        }
        with statements(portal.engine) as asked:
            answer = client.post("/signup", data=data)
        names = sorted(name for name, _ in answer.headers)
        page = without_chance(client.get(INBOX).text.replace(email, "…"))
        wrong = without_chance(send(client, INBOX, code="000000").text.replace(email, "…"))
        answers.append((answer.status, answer.location, names, asked, page, wrong))
    assert answers[0] == answers[1]


@pytest.mark.usefixtures("maya")
def test_a_known_address_is_told_by_mail_and_stays_one_account(
    client: FlaskClient, portal: Portal, deliver: Deliver, post: PostOffice
) -> None:
    _sign_up(client)
    deliver()
    assert "already have" in post.to(MAYA)[0]["Subject"]
    with portal.reading() as database:
        assert Users(database).count() == 1


def test_two_browsers_that_prove_one_address_get_one_account(
    app: Flask, client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    elsewhere = app.test_client()
    _sign_up(client)
    _sign_up(elsewhere)
    deliver()
    first, second = (code_in(mail) for mail in post.to(MAYA))
    assert send(client, INBOX, code=first).status_code == 303
    late = send(elsewhere, INBOX, code=second)
    assert "You already have an account" in words_on(late)
    assert elsewhere.get("/account").status_code == 303


def test_every_problem_of_the_form_is_told_at_once(client: FlaskClient) -> None:
    answer = _sign_up(client, "maya@meridian", name="", password="sailboat")
    words = words_on(answer)
    assert answer.status_code == 422
    assert "There are 3 things to fix" in words
    assert words.count("Enter an email address like name@example.com") == 2
    assert words.count("Use a password of at least 15 characters") == 2
    assert "sailboat" not in answer.text
    assert 'aria-describedby="email-error email-hint"' in answer.text


@pytest.mark.settings(name="Meridian", password_min_length=8)
def test_the_portals_own_name_makes_no_password(client: FlaskClient) -> None:
    assert "name of this site" in words_on(_sign_up(client, password="meridian-1"))
    assert _sign_up(client, password="nine-wet-owls").status_code == 303


def test_wrong_codes_are_counted_down_and_a_new_mail_counts_anew(
    client: FlaskClient, deliver: Deliver, post: PostOffice, clock: MovableClock
) -> None:
    _sign_up(client)
    deliver()
    for left in (
        "4 tries are left",
        "3 tries are left",
        "2 tries are left",
        "1 try is left",
        "Send a new one",
    ):
        answer = send(client, INBOX, code="not it")
        assert answer.status_code == 422
        assert left in words_on(answer)
    send(client, f"{INBOX}/again", page=INBOX)
    assert "seconds, then ask for another code" in words_on(client.get(INBOX))
    clock.advance(seconds=30)
    send(client, f"{INBOX}/again", page=INBOX)
    deliver()
    assert send(client, INBOX, code=code_in(post.to(MAYA)[-1])).location == "/account"


def test_without_a_sign_up_there_is_no_inbox(client: FlaskClient) -> None:
    assert client.get(INBOX).location == "/signup"


def test_who_is_signed_in_has_an_account_already(
    client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    _sign_up(client)
    deliver()
    send(client, INBOX, code=code_in(post.to(MAYA)[0]))
    assert client.get("/signup").location == "/account"


@pytest.mark.settings(sign_up="closed")
def test_a_closed_portal_says_whom_to_ask(client: FlaskClient) -> None:
    answer = client.get("/signup")
    assert answer.status_code == 403
    assert "Ask yours for one" in words_on(answer)
    assert "Create an account" not in client.get("/login").text
    refused = client.post("/signup", data={"csrf_token": token_on(client.get("/login")), "email": MAYA})
    assert refused.status_code == 403


def test_a_hostile_name_is_text_wherever_it_stands(
    client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    name = "<img src=x onerror=alert(1)>{{ 7*7 }}"
    _sign_up(client, name=name)
    deliver()
    send(client, INBOX, code=code_in(post.to(MAYA)[0]))
    for path in ("/account", "/account/profile", "/logout"):
        page = client.get(path)
        assert "<img" not in page.text
        assert "{{ 7*7 }}" in page.text
    assert not any("onerror" in mail.as_string() for mail in post.messages)
