"""No other site, and no old page, can change anything here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import event

from tests.web.browsing import token_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal

ROOMS = {"signup", "verify", "login", "logout", "recover", "account", "setup"}


def _targets(app: Flask) -> Iterator[str]:
    """Every address of these rooms that takes a POST."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in ROOMS and "POST" in (rule.methods or ()):
            yield re.sub(
                r"<(?:uuid:)?(\w+)>",
                lambda found: str(uuid4()) if found[1].endswith("id") else "x" * 70,
                rule.rule,
            )


@pytest.fixture
def writes(portal: Portal) -> Iterator[list[str]]:
    """Every statement that changes something."""
    found: list[str] = []

    def note(*call: object) -> None:
        statement = str(call[2])
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            found.append(statement)

    event.listen(portal.engine, "before_cursor_execute", note)
    yield found
    event.remove(portal.engine, "before_cursor_execute", note)


@pytest.fixture
def maya(add_person: Callable[..., User], visitor_as: Callable[[User], FlaskClient]) -> FlaskClient:
    return visitor_as(add_person("maya@example.org"))


def test_no_form_is_taken_without_its_token(app: Flask, maya: FlaskClient, writes: list[str]) -> None:
    paths = list(_targets(app))
    assert len(paths) >= 14
    writes.clear()
    for path in paths:
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "x"}):
            answer = maya.post(path, data={"theme": "dark", "email": "noor@example.org", **data})
            assert answer.status_code == 400, path
            assert answer.headers.getlist("Set-Cookie") == [] or "portal_session" not in str(answer.headers)
    assert writes == []


def test_a_token_of_another_visitor_is_worth_nothing(app: Flask, maya: FlaskClient) -> None:
    stranger = token_on(app.test_client().get("/login"))
    for path in _targets(app):
        assert maya.post(path, data={"csrf_token": stranger}).status_code == 400, path


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site_is_not_taken_even_with_a_token(
    app: Flask, maya: FlaskClient, writes: list[str], site: str
) -> None:
    token = token_on(maya.get("/account/security"))
    writes.clear()
    for path in _targets(app):
        answer = maya.post(path, data={"csrf_token": token}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403, path
    assert writes == []


def test_looking_changes_nothing(app: Flask, maya: FlaskClient, writes: list[str]) -> None:
    """No address changes anything by a GET: mail scanners, previews and other sites' images send those."""
    paths = [re.sub(r"<(?:uuid:)?\w+>", str(uuid4()), rule.rule) for rule in app.url_map.iter_rules()
             if rule.endpoint.partition(".")[0] in ROOMS and "GET" in (rule.methods or ())]  # fmt: skip
    writes.clear()
    for path in paths:
        assert maya.get(path).status_code < 500, path
    assert writes == []
    assert maya.get("/account").status_code == 200
