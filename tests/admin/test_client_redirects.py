"""The redirect-URI doctor of the console: what was refused, why, and one button that accepts it from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from markupsafe import escape

from tests.admin.conftest import HOSTILE, Operator, entries_of, shown
from tests.admin.test_clients import register, stored

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.bootstrap import Portal

SENT = "https://ci.example.org/callback/"


def arrive(visitor: FlaskClient, client_id: str, redirect_uri: str) -> TestResponse:
    """A browser that an app has sent with this address."""
    request = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid",
    }
    return visitor.get("/oauth2/authorize", query_string=request)


def compare(operator: Operator, path: str, text: str) -> TestResponse:
    return operator.send(f"{path}/redirects", {"redirect_uri": text})


def test_a_pasted_address_is_compared_to_the_character(maya: Operator) -> None:
    path = register(maya)
    answer = compare(maya, path, SENT)
    page = shown(answer.text)
    assert answer.status_code == 200
    assert "Refused" in page
    assert "They differ in the path (a slash at the end)." in page
    assert "<ins>/</ins>" in answer.text
    assert "Whoever answers on ci.example.org gets the codes of people who sign in." in page
    assert "Register this address" in page
    assert "Accepted It is registered exactly so." in shown(compare(maya, path, SENT[:-1]).text)


def test_an_address_is_registered_by_one_button(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    answer = maya.send(f"{path}/redirects/register", {"redirect_uri": SENT}, seen_on=f"{path}/redirects")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/redirects")
    assert stored(portal, path).redirect_uris[-1] == SENT
    (entry,) = entries_of(portal, "client.edited")
    assert SENT in (entry.after_state or {})["redirect_uris"]
    maya.send(f"{path}/redirects/register", {"redirect_uri": SENT}, seen_on=f"{path}/redirects")
    assert len(entries_of(portal, "client.edited")) == 1


def test_what_cannot_be_registered_comes_back_with_the_reason(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    for bad in ("http://ci.example.org/cb", "https://*.example.org/cb", "javascript:alert(1)", " " + SENT):
        answer = maya.send(f"{path}/redirects/register", {"redirect_uri": bad}, seen_on=f"{path}/redirects")
        assert answer.status_code == 422, bad
        assert "Register this address" not in answer.text
    assert len(stored(portal, path).redirect_uris) == 2
    assert compare(maya, path, "").status_code == 422


@pytest.mark.settings(throttles=True, workers=1)
def test_refused_requests_are_remembered_a_few_times(portal: Portal, maya: Operator, devon: Operator) -> None:
    path = register(maya)
    client = stored(portal, path)
    for _ in range(3):
        assert arrive(devon.browser, client.client_id, SENT).status_code == 400
    (entry,) = entries_of(portal, "client.redirect_refused")
    assert (entry.details["redirect_uri"], entry.client_id) == (SENT, client.id)
    page = maya.page(f"{path}/redirects")
    assert SENT in page
    assert "They differ in the path (a slash at the end)." in shown(page)
    overview = shown(maya.page(path))
    assert "Requests with addresses that aren't registered" in overview
    maya.send(f"{path}/redirects/register", {"redirect_uri": SENT}, seen_on=f"{path}/redirects")
    assert "Accepted since" in shown(maya.page(f"{path}/redirects"))
    assert "Requests with addresses that aren't registered" not in shown(maya.page(path))
    for number in range(30):
        arrive(devon.browser, client.client_id, f"https://evil.example/{number}")
    assert len(entries_of(portal, "client.redirect_refused")) == 20
    assert "named an address that isn't registered" in shown(maya.page("/admin/audit"))


def test_registered_addresses_and_unknown_apps_leave_no_entry(
    portal: Portal, maya: Operator, devon: Operator
) -> None:
    path = register(maya)
    arrive(devon.browser, stored(portal, path).client_id, SENT[:-1])
    arrive(devon.browser, "nobody", SENT)
    assert entries_of(portal, "client.redirect_refused") == []


def test_hostile_addresses_are_only_text(portal: Portal, maya: Operator, devon: Operator) -> None:
    path = register(maya)
    for text in HOSTILE:
        assert str(escape(text)) in compare(maya, path, text).text
        arrive(devon.browser, stored(portal, path).client_id, text)
    page = maya.page(f"{path}/redirects")
    for text in HOSTILE[:2]:
        assert text not in page


def test_an_auditor_compares_and_registers_nothing(portal: Portal, maya: Operator, audrey: Operator) -> None:
    path = register(maya)
    page = compare(audrey, path, SENT).text
    assert "They differ in" in page
    assert "Register this address" not in page
    denied = audrey.send(f"{path}/redirects/register", {"redirect_uri": SENT}, seen_on=f"{path}/redirects")
    assert denied.status_code == 403
    assert len(stored(portal, path).redirect_uris) == 2
