"""Looking changes nothing (RFC 9110 section 9.2.1), and what changes something is sent from our own pages only."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.house.route_matrix import CACHED, PROGRAM, REFUSAL, WRITTEN_BY_A_LOOK
from tests.house.walking import SAFE, csrf_headers, people_of, tables_written, walk
from tests.support.inhabited import inhabited

if TYPE_CHECKING:
    from portal.infra.settings import Settings
    from tests.support.inhabited import Inhabited

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where the answer comes before any question to a database."""

FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8001"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
)


@pytest.fixture
def world(settings: "Settings") -> "Iterator[Inhabited]":
    with inhabited(settings) as world:
        yield world


@pytest.mark.parametrize("who", ["anonymous", "user", "auditor", "administrator"])
def test_a_look_changes_nothing(world: "Inhabited", who: str) -> None:
    """Not even one that brings what a form would send; what is written all the same stands in the matrix."""
    browser = world.browser(people_of(world)[who])
    unexpected = {}
    for stop in walk(world, *SAFE, flow=world.pending_flow(world.browser(world.person))):
        for method in sorted(stop.methods.intersection(SAFE)):
            with tables_written(world.portal) as written:
                answer = browser.open(stop.path, method=method, query_string=stop.fields, buffered=True)
            told_no = REFUSAL if answer.status_code == 403 and ":" in stop.row else frozenset()
            if not written <= WRITTEN_BY_A_LOOK.get(stop.endpoint, frozenset()) | told_no:
                unexpected[f"{method} {stop.path}"] = written
            if "sessions" in written:
                browser = world.browser(people_of(world)[who])
    assert unexpected == {}


@pytest.mark.parametrize("who", ["anonymous", "user", "administrator"])
def test_pages_are_not_kept_by_caches(world: "Inhabited", who: str) -> None:
    """One person's page is never shown to the next, by whatever proxy (CVE-2023-30861, CVE-2026-27205)."""
    browser = world.browser(people_of(world)[who])
    kept = set()
    for stop in walk(world, "GET"):
        answer = browser.get(stop.path, query_string=stop.fields, buffered=True)
        if answer.headers["Cache-Control"] != "no-store":
            kept.add(stop.endpoint)
    assert kept == CACHED


@on_one_database
@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: " ".join(headers.values()))
def test_a_form_of_another_site_changes_nothing(world: "Inhabited", headers: dict[str, str]) -> None:
    """Even if it had come by the token."""
    browser = world.browser(world.administrator)
    token = {"X-CSRFToken": csrf_headers(browser)["X-CSRFToken"]}
    accepted = {}
    for stop in walk(world, "POST"):
        if stop.row != PROGRAM:
            with tables_written(world.portal) as written:
                answer = browser.post(stop.path, data=stop.fields, headers=token | headers)
            if answer.status_code != 403 or written:
                accepted[stop.path] = answer.status_code
    assert accepted == {}


@on_one_database
@pytest.mark.parametrize("token", [None, "", "x", "IjEyMyI.aaaaaa.bbbb"])
def test_a_form_without_the_token_of_its_page_changes_nothing(world: "Inhabited", token: str | None) -> None:
    browser = world.browser(world.administrator)
    csrf_headers(browser)
    accepted = {}
    for stop in walk(world, "POST"):
        if stop.row != PROGRAM:
            sent = stop.fields if token is None else {**stop.fields, "csrf_token": token}
            with tables_written(world.portal) as written:
                answer = browser.post(stop.path, data=sent)
            if answer.status_code != 400 or written:
                accepted[stop.path] = answer.status_code
    assert accepted == {}


def test_programs_need_no_token_of_a_page(world: "Inhabited") -> None:
    """They bring credentials of their own, and no cookie counts for them."""
    refused = [
        stop.path
        for stop in walk(world, "POST", with_api=True)
        if stop.row == PROGRAM
        and "This form has expired" in world.browser().post(stop.path, data=stop.fields).text
    ]
    assert refused == []
