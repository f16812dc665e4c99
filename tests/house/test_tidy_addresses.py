"""A form that searches sends its empty fields too; no page that has one keeps them in its address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.house.source import ROOT
from tests.support.people import NOBODYS_ID, add_person, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal

    AddPerson = Callable[..., User]


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ENDPOINT = re.compile(r"filter_bar\(url_for\(\"([a-z_.]+)\"")
ENDPOINTS = sorted(
    {name for page in (ROOT / "templates").rglob("*.html") for name in ENDPOINT.findall(page.read_text())}
)


def path_of(app: Flask, endpoint: str) -> str:
    """With an id of nothing where one stands."""
    rule = next(rule for rule in app.url_map.iter_rules(endpoint) if "GET" in (rule.methods or ()))
    return re.sub(r"<[^>]+>", NOBODYS_ID, rule.rule)


@pytest.mark.usefixtures("database_url")
def test_there_are_pages_to_look_at() -> None:
    assert {"admin_users.listing", "admin_audit.listing", "access_requests.new"} <= set(ENDPOINTS)


@pytest.fixture
def ada(portal: Portal, client: FlaskClient) -> FlaskClient:
    return sign_in(client, portal, add_person(portal, "ada@example.org", administrator=True))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_empty_fields_leave_the_address_and_others_stay(app: Flask, ada: FlaskClient, endpoint: str) -> None:
    path = path_of(app, endpoint)
    answer = ada.get(f"{path}?q=&state=off&from=&tag=a%26b&tag=%C3%A9&to=")
    assert answer.status_code == 303
    assert answer.location == f"{path}?state=off&tag=a%26b&tag=%C3%A9"
    assert ada.get(f"{path}?q=&to=").location == path
    assert ada.get(f"{path}?q=m").location is None


def test_htmx_is_answered_where_it_asked(app: Flask, client: FlaskClient) -> None:
    """Its script leaves empty fields out, and a block is no place for another address."""
    answer = client.get(f"{path_of(app, 'admin_users.listing')}?q=", headers={"HX-Request": "true"})
    assert "admin" not in answer.headers.get("Location", "")
