"""A person's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from portal.accounts.repository import Users
from portal.sessions.repository import Sessions
from tests.accounts.steps import PASSWORD
from tests.support.statements import statements
from tests.web.browsing import send, sign_in, token_on, words_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.post import PostOffice

    AddPerson = Callable[..., User]
    Deliver = Callable[[], int]

MAYA = "maya@example.org"
NEW = "nine wet owls above the mill"
PAGES = ["/account", "/account/profile", "/account/security", "/account/password", "/account/sessions"]


@pytest.fixture
def person(add_person: AddPerson) -> User:
    return add_person(MAYA, name="Maya Okafor", password=PASSWORD)


@pytest.fixture
def maya(client: FlaskClient, person: User) -> FlaskClient:
    """Maya, signed in here."""
    sign_in(client, person.email)
    return client


@pytest.mark.parametrize("path", PAGES)
def test_ones_own_pages_are_for_those_who_are_signed_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert (answer.location or "").startswith("/login?next=")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_cheap_private_and_offers_to_sign_out(
    maya: FlaskClient, portal: Portal, path: str
) -> None:
    maya.get(path)  # what somebody may do is compiled once, and kept
    with statements(portal.engine) as asked:
        page = maya.get(path)
    assert page.status_code == 200
    assert len(asked) <= 4, asked
    assert page.headers["Cache-Control"] == "no-store"
    assert 'action="/logout"' in page.text
    assert "Maya Okafor" in page.text


def test_only_those_who_may_enter_see_the_console(
    maya: FlaskClient, other: FlaskClient, add_person: AddPerson
) -> None:
    add_person("ada@example.org", administrator=True, password=PASSWORD)
    sign_in(other, "ada@example.org")
    assert "Admin console" not in maya.get("/account").text
    assert "Admin console" in other.get("/account").text


def test_the_profile_is_saved_and_shown_again(maya: FlaskClient, portal: Portal, person: User) -> None:
    answer = send(maya, "/account/profile", name="Maya O.", username="maya.o", nickname="May", birthdate="1984-02-29",
                  website="https://maya.example.org/", zoneinfo="Europe/Amsterdam", locale="en-GB")  # fmt: skip
    assert (answer.status_code, answer.location) == (303, "/account/profile")
    page = maya.get("/account/profile")
    assert "Your profile is saved" in words_on(page)
    for value in ("Maya O.", "maya.o", "May", "1984-02-29", "https://maya.example.org/", "en-GB"):
        assert f'value="{value}"' in page.text
    assert '<option selected value="Europe/Amsterdam">' in page.text
    with portal.reading() as database:
        user = Users(database).get(person.id)
    assert user is not None
    assert user.email == MAYA


def test_the_profile_form_sets_nothing_else(maya: FlaskClient, portal: Portal, person: User) -> None:
    send(maya, "/account/profile", name="Maya", username="maya", email="evil@example.org", is_active="0",
         security_epoch="99", email_verified_at="", password_hash="x")  # fmt: skip
    with portal.reading() as database:
        user = Users(database).get(person.id)
    assert user is not None
    assert (user.email, user.is_active, user.security_epoch, user.password_hash) == (
        MAYA, True, person.security_epoch, person.password_hash,
    )  # fmt: skip


def test_the_profile_says_what_is_wrong_and_keeps_what_was_typed(
    maya: FlaskClient, add_person: AddPerson
) -> None:
    add_person("noor@example.org")
    answer = send(
        maya, "/account/profile", name="Maya", username="x", website="javascript:alert(1)", birthdate="soon"
    )
    assert answer.status_code == 422
    assert "There are 3 things to fix" in words_on(answer)
    assert 'href="javascript' not in answer.text
    taken = send(maya, "/account/profile", name="Maya", username="NOOR")
    assert (taken.status_code, "That username is taken" in words_on(taken)) == (422, True)


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    maya: FlaskClient, other: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    sign_in(other, MAYA)
    before = maya.get_cookie("portal_session")
    answer = send(maya, "/account/password", current_password=PASSWORD, new_password=NEW)
    assert (answer.status_code, answer.location) == (303, "/account/security")
    after = maya.get_cookie("portal_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert "Your password is changed" in words_on(maya.get("/account/security"))
    assert other.get("/account").status_code == 303
    assert sign_in(other, MAYA).status_code == 422
    assert sign_in(other, MAYA, NEW).status_code == 303
    deliver()
    assert any("password was changed" in mail["Subject"] for mail in post.to(MAYA))


def test_a_new_password_needs_the_old_one_and_guesses_are_counted_with_those_at_the_sign_in(
    maya: FlaskClient, other: FlaskClient
) -> None:
    token = token_on(maya.get("/account/password"))
    fields = {"csrf_token": token, "current_password": "wrong", "new_password": NEW}
    answers = [maya.post("/account/password", data=fields) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {422}
    assert "That isn't your current password" in words_on(answers[0])
    assert "Too many wrong passwords" in words_on(answers[-1])
    right = maya.post("/account/password", data={**fields, "current_password": PASSWORD})
    assert right.status_code == 422
    fields = {"identifier": MAYA, "password": PASSWORD}
    again = send(maya, "/login/password", page="/account/password", **fields)
    assert again.status_code == 429, "the same count, in this known browser"
    assert sign_in(other, MAYA).status_code == 303, "and no other one"


@pytest.mark.parametrize("password", ["short", "maya.okafor.1984", "passwordpassword"])
def test_the_rule_for_passwords_holds_here_too(maya: FlaskClient, password: str) -> None:
    answer = send(maya, "/account/password", current_password=PASSWORD, new_password=password)
    assert answer.status_code == 422
    assert password not in answer.text


def test_sessions_are_listed_and_ended_one_by_one(
    maya: FlaskClient, other: FlaskClient, portal: Portal, person: User
) -> None:
    other.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone) Version/19.0 Safari/604.1"
    sign_in(other, MAYA)
    page = words_on(maya.get("/account/sessions"))
    assert "This session" in page
    assert "Safari on iPhone" in page
    with portal.reading() as database:
        newest = max(
            Sessions(database).live_of(person.id, at=portal.ports.clock.now()), key=lambda one: one.id
        )
    answer = send(maya, f"/account/sessions/{newest.id}/end", page="/account/sessions")
    assert answer.location == "/account/sessions"
    assert "Signed out Safari on iPhone" in words_on(maya.get("/account/sessions"))
    assert other.get("/account").status_code == 303
    send(maya, f"/account/sessions/{newest.id}/end", page="/account/sessions")
    assert "had ended already" in words_on(maya.get("/account/sessions"))


def test_nobody_ends_somebody_elses_session(
    maya: FlaskClient, other: FlaskClient, portal: Portal, add_person: AddPerson
) -> None:
    noor = add_person("noor@example.org", password=PASSWORD)
    sign_in(other, "noor@example.org")
    with portal.reading() as database:
        theirs = Sessions(database).live_of(noor.id, at=portal.ports.clock.now())[0]
    for session_id in (theirs.id, uuid4()):
        send(maya, f"/account/sessions/{session_id}/end", page="/account/sessions")
        assert "had ended already" in words_on(maya.get("/account/sessions"))
    assert other.get("/account").status_code == 200
    assert "Noor" not in maya.get("/account/sessions").text


def test_all_other_sessions_end_at_once(maya: FlaskClient, other: FlaskClient) -> None:
    sign_in(other, MAYA)
    send(maya, "/account/sessions/end-others", page="/account/sessions")
    assert "Signed out 1 other session" in words_on(maya.get("/account/sessions"))
    assert other.get("/account").status_code == 303
    assert maya.get("/account").status_code == 200


def test_ending_ones_own_session_signs_out(maya: FlaskClient, portal: Portal, person: User) -> None:
    with portal.reading() as database:
        mine = Sessions(database).live_of(person.id, at=portal.ports.clock.now())[0]
    answer = send(maya, f"/account/sessions/{mine.id}/end", page="/account/password")
    assert answer.location == "/login"
    assert maya.get("/account").status_code == 303


@pytest.mark.parametrize(
    "agent", ["<script>alert(1)</script>", "\x00\x01", "x" * 5000, "Firefox/1 <b>on</b> Windows"]
)
def test_a_hostile_browser_name_is_text(client: FlaskClient, person: User, agent: str) -> None:
    client.environ_base["HTTP_USER_AGENT"] = agent
    sign_in(client, person.email)
    page = client.get("/account/sessions")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text


def test_the_theme_is_kept_for_visitors_and_with_the_account(
    maya: FlaskClient, other: FlaskClient, client: FlaskClient
) -> None:
    token = token_on(other.get("/login"))
    back = other.post(
        "/account/theme",
        data={"csrf_token": token, "theme": "dark"},
        headers={"Referer": "http://localhost/signup?x=1"},
    )
    assert back.location == "/signup?x=1"
    assert 'data-theme="dark"' in other.get("/login").text
    send(maya, "/account/theme", page="/account/password", theme="light")
    assert 'data-theme="light"' in maya.get("/account").text
    sign_in(other, MAYA)
    assert 'data-theme="light"' in other.get("/account").text, "the account knows better than the cookie"
    send(maya, "/account/theme", page="/account/password", theme="system")
    assert "data-theme=" not in maya.get("/account").text


@pytest.mark.parametrize(
    "referer", ["https://evil.example/x", "//evil.example", "javascript:alert(1)", "http://localhost//evil"]
)
def test_choosing_a_theme_leads_nowhere_else(client: FlaskClient, referer: str) -> None:
    token = token_on(client.get("/login"))
    answer = client.post(
        "/account/theme", data={"csrf_token": token, "theme": "red"}, headers={"Referer": referer}
    )
    assert (answer.location or "").startswith("/")
    assert "evil" not in (answer.location or "")
    assert "portal_theme" not in str(answer.headers)
