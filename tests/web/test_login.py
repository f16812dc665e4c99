"""Signing in, in two steps."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist, median
from time import perf_counter
from typing import TYPE_CHECKING

import pytest

from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.infra.actor import SYSTEM
from tests.accounts.steps import PASSWORD
from tests.support.statements import statements
from tests.web.browsing import cookie, send, sign_in, token_on, without_chance, words_on

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


def test_the_front_door_leads_to_the_sign_in_and_then_to_ones_own_pages(client: FlaskClient) -> None:
    assert client.get("/").location == "/login"
    assert sign_in(client, MAYA).location == "/account"
    assert client.get("/").location == "/account"
    assert client.get("/login").location == "/account"


def test_both_steps_are_the_same_page_for_everybody(app: Flask) -> None:
    pages = []
    for identifier in (MAYA, "zara@example.org"):
        client = app.test_client()
        first = send(client, "/login", identifier=identifier)
        second = client.get("/login/password")
        assert (first.status_code, first.location, second.status_code) == (303, "/login/password", 200)
        pages.append(without_chance(second.text.replace(identifier, "…")))
    assert pages[0] == pages[1]


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(app: Flask) -> None:
    answers = []
    for identifier in (MAYA, "zara@example.org"):
        client = app.test_client()
        answer = sign_in(client, identifier, "wrong")
        headers = {name: without_chance(value) for name, value in answer.headers if name != "X-Request-ID"}
        headers.pop("Set-Cookie", None)
        answers.append((answer.status, headers, without_chance(answer.text.replace(identifier, "…"))))
    assert answers[0] == answers[1]
    assert "That email and password don't match. Check both and try again." in answers[0][2].replace(
        "&#39;", "'"
    )


@pytest.mark.settings(lockout_failures=100)
def test_it_takes_no_longer_to_refuse_a_stranger(client: FlaskClient) -> None:
    """6.3.8: medians within 5 ms, or times that come from one heap (Mann-Whitney). The hash is cheap here, so what
    would show is all the rest.
    """
    times: dict[str, list[float]] = {MAYA: [], NOBODY: []}
    token = token_on(client.get("/login"))
    for number in range(160):
        identifier = (MAYA, NOBODY)[number % 2]
        data = {"csrf_token": token, "identifier": identifier, "password": "wrong"}
        began = perf_counter()
        client.post("/login/password", data=data)
        times[identifier].append(perf_counter() - began)
    known, unknown = times[MAYA][1:], times[NOBODY][1:]
    assert abs(median(known) - median(unknown)) < 0.005 or _probability_of_one_heap(known, unknown) > 0.01


def _probability_of_one_heap(some: list[float], others: list[float]) -> float:
    """Mann and Whitney's, two-sided, by the normal approximation."""
    wins = sum(one > another for one in some for another in others)
    expected = len(some) * len(others) / 2
    spread = sqrt(len(some) * len(others) * (len(some) + len(others) + 1) / 12)
    return 2 * NormalDist().cdf(-abs(wins - expected) / spread)


def test_refusing_costs_the_same_statements(app: Flask, portal: Portal) -> None:
    asked = []
    for identifier in (MAYA, NOBODY):
        client = app.test_client()
        token = token_on(client.get("/login"))
        data = {"csrf_token": token, "identifier": identifier, "password": "wrong"}
        with statements(portal.engine) as found:
            client.post("/login/password", data=data)
        asked.append(found)
    assert asked[0] == asked[1]


def test_nothing_is_asked_of_the_database_before_the_password(client: FlaskClient, portal: Portal) -> None:
    with statements(portal.engine) as asked:
        send(client, "/login", identifier=MAYA)
        client.get("/login/password")
    assert asked == []


@pytest.mark.parametrize("identifier", [MAYA, NOBODY])
def test_too_many_wrong_passwords_mean_a_wait_that_is_told(client: FlaskClient, identifier: str) -> None:
    for _ in range(9):
        assert sign_in(client, identifier, "wrong").status_code == 422
    locked = sign_in(client, identifier, "wrong")
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "30")
    assert "Wait 30 seconds, then try again" in words_on(locked)


def test_a_locked_account_takes_the_right_password_after_the_wait(
    client: FlaskClient, clock: MovableClock
) -> None:
    for _ in range(10):
        sign_in(client, MAYA, "wrong")
    assert sign_in(client, MAYA).status_code == 429
    clock.advance(seconds=31)
    assert sign_in(client, MAYA).status_code == 303


def test_a_disabled_account_learns_so_by_its_password(
    client: FlaskClient, portal: Portal, maya: User
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, maya.id, DisableUser(reason="left"))
    assert sign_in(client, MAYA, "wrong").status_code == 422
    refused = sign_in(client, MAYA)
    assert refused.status_code == 403
    assert "disabled" in words_on(refused)
    assert cookie(refused, "portal_session") is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"identifier": MAYA, "password": ""}, "Enter your password"),
        ({"identifier": "", "password": PASSWORD}, "Enter your email or username"),
        ({"identifier": MAYA, "password": "x" * 2000}, "don't match"),
        ({"identifier": "maya\0", "password": PASSWORD}, "Leave out line breaks"),
        ({"identifier": "x" * 300, "password": PASSWORD}, "at most 254 characters"),
    ],
)
def test_unusable_input_is_told_on_the_page(client: FlaskClient, fields: dict[str, str], words: str) -> None:
    send(client, "/login", identifier=MAYA)
    answer = send(client, "/login/password", **fields)
    assert answer.status_code == 422
    assert words in words_on(answer)
    assert "<title>Error: " in answer.text
    assert PASSWORD not in answer.text


def test_the_password_step_needs_the_first_one(client: FlaskClient) -> None:
    assert client.get("/login/password").location == "/login"
