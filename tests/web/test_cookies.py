"""What a browser holds of its sign-in, and what is asked for it."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING

import pytest

from portal.infra.actor import SYSTEM
from portal.sessions.services import open_session
from tests.accounts.steps import PASSWORD
from tests.support.statements import statements
from tests.web.browsing import cookie, send, sign_in, token_on, words_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]

MAYA = "maya@example.org"
NOBODY = "nobody@example.org"


@pytest.fixture(autouse=True)
def maya(add_person: AddPerson) -> User:
    return add_person(MAYA, name="Maya Okafor", password=PASSWORD)


def test_who_signs_in_stands_in_no_address_and_in_no_readable_cookie(client: FlaskClient) -> None:
    answer = send(client, "/login", identifier=MAYA)
    assert "maya" not in (answer.location or "")
    assert "maya" not in str(answer.headers.getlist("Set-Cookie"))


def test_the_session_cookie_is_out_of_reach_and_ends_with_the_browser(client: FlaskClient) -> None:
    answer = sign_in(client, MAYA)
    session, device = cookie(answer, "portal_session"), cookie(answer, "portal_device")
    assert session is not None
    assert device is not None
    assert session.partition(";")[2].split("; ") == [" HttpOnly", "Path=/", "SameSite=Lax"]
    assert "Max-Age=34560000" in device


@pytest.mark.settings(base_url="https://id.example.org")
def test_under_https_only_this_host_can_set_the_cookies(app: Flask) -> None:
    client = app.test_client()
    base = "https://id.example.org"
    token = token_on(client.get("/login", base_url=base))
    data = {"csrf_token": token, "identifier": MAYA, "password": PASSWORD}
    answer = client.post("/login/password", base_url=base, data=data)
    session = cookie(answer, "__Host-portal_session")
    assert session is not None
    assert session.partition(";")[2].split("; ") == [" Secure", "HttpOnly", "Path=/", "SameSite=Lax"]
    assert all("__Host-" in line and "Secure" in line for line in answer.headers.getlist("Set-Cookie"))


def test_flasks_own_cookie_holds_no_identity(client: FlaskClient, maya: User) -> None:
    sign_in(client, MAYA)
    client.get("/account")
    state = client.get_cookie("portal_state")
    assert state is not None
    packed = state.value.lstrip(".").split(".")[0]
    raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    text = zlib.decompress(raw) if state.value.startswith(".") else raw
    assert set(json.loads(text)) <= {"csrf_token", "_flashes"}


def test_a_session_that_was_there_before_is_not_the_one_after(
    app: Flask, portal: Portal, add_person: AddPerson
) -> None:
    """Fixation: somebody plants their own session and CSRF seed in my browser."""
    mallory = add_person("mallory@example.org")
    with portal.unit_of_work(SYSTEM) as uow:
        planted = open_session(uow, uow.session.merge(mallory)).token
    client = app.test_client()
    client.set_cookie("portal_session", planted)
    token = token_on(client.get("/account/security"))
    data = {"csrf_token": token, "identifier": MAYA, "password": PASSWORD}
    answer = client.post("/login/password", data=data)
    session = client.get_cookie("portal_session")
    assert session is not None
    assert session.value != planted
    assert "Maya Okafor" in client.get("/account").text
    stale = client.post("/account/theme", data={"csrf_token": token, "theme": "dark"})
    assert stale.status_code == 400
    assert answer.status_code == 303
    attacker = app.test_client()
    attacker.set_cookie("portal_session", planted)
    assert attacker.get("/account").status_code == 303


@pytest.mark.parametrize("name", ["portal_session", "portal_device"])
def test_two_cookies_of_one_name_are_refused(app: Flask, name: str) -> None:
    client = app.test_client(use_cookies=False)
    answer = client.get("/account", headers={"Cookie": f"{name}=a; {name}=b"})
    assert answer.status_code == 400
    assert client.get("/login", headers={"Cookie": f"={name}; portal_other=1"}).status_code == 200


def test_looking_at_pages_writes_at_most_once_a_minute(
    client: FlaskClient, portal: Portal, clock: MovableClock
) -> None:
    sign_in(client, MAYA)
    client.get("/login")  # what somebody may do is compiled once, and kept
    for seconds, writes in ((0, 0), (30, 0), (31, 1), (1, 0)):
        clock.advance(seconds=seconds)
        with statements(portal.engine) as asked:
            client.get("/login")
        assert len(asked) == 1 + writes, asked
        assert sum(statement.startswith("UPDATE") for statement in asked) == writes


def test_signing_out_is_a_button_and_ends_the_session_for_good(client: FlaskClient) -> None:
    sign_in(client, MAYA)
    held = client.get_cookie("portal_session")
    assert held is not None
    asking = client.get("/logout")
    assert "Sign out?" in words_on(asking)
    assert client.get("/account").status_code == 200, "a link alone signs nobody out"
    answer = send(client, "/logout")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get_cookie("portal_session") is None
    assert client.get_cookie("portal_device") is not None
    assert "You are signed out" in words_on(client.get("/login"))
    client.set_cookie("portal_session", held.value)
    assert client.get("/account").location == "/login?next=%2Faccount"
