"""Whoever comes too often is told to wait, and the log remembers it without being flooded itself."""

import re
from typing import TYPE_CHECKING

import pytest

from portal.audit.repository import Entry
from portal.http.context import EXTENSION
from portal.http.throttles import REMEMBERED_ALL, in_words, note_throttled, throttle
from portal.infra.rate_limit import CLIENT_REFUSED, Rule
from tests.support.history import history
from tests.web.browsing import words_on

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from portal.bootstrap import Portal


def told(portal: "Portal") -> list[Entry]:
    return history(portal, "throttle.refused")


@pytest.mark.settings(throttles=True, workers=1)
def test_a_throttled_address_is_remembered_once_a_minute(portal: "Portal", client: "FlaskClient") -> None:
    form = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "wrong"}
    at = {"REMOTE_ADDR": "203.0.113.7"}
    tries = range(CLIENT_REFUSED.amount + 12)
    statuses = [client.post("/oauth2/token", data=form, environ_overrides=at).status_code for _ in tries]
    assert statuses[CLIENT_REFUSED.amount :] == [429] * 12
    (entry,) = told(portal)
    assert (entry.outcome, entry.reason, entry.ip) == ("failure", "client_refused_limit", "203.0.113.7")


@pytest.mark.settings(throttles=True, workers=1)
def test_a_flood_from_many_addresses_leaves_few_entries(portal: "Portal", app: "Flask") -> None:
    assert app.extensions[EXTENSION] is portal
    with app.test_request_context("/login", method="POST"):
        for number in range(2 * REMEMBERED_ALL.amount):
            note_throttled("sign_in", f"198.51.100.{number}")
    assert len(told(portal)) == REMEMBERED_ALL.amount


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (89, "89 seconds"), (90, "2 minutes"), (3541, "60 minutes")]
)
def test_a_wait_is_told_rather_too_long(seconds: int, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.settings(throttles=True, workers=1)
@pytest.mark.parametrize("seconds", [30, 3590])
def test_a_page_says_the_same_in_both_places(app: "Flask", seconds: int) -> None:
    def often() -> str:
        throttle("often", Rule(1, seconds=seconds))
        return "fine"

    app.add_url_rule("/often", view_func=often)
    client = app.test_client()
    client.get("/often")
    page = client.get("/often", headers={"Accept": "text/html"})
    assert page.status_code == 429
    told_above = re.search(r"Wait (\d+ \w+), then try again\.", words_on(page))
    told_below = re.search(r"You can try again in (\d+ \w+)\.", words_on(page))
    assert told_above
    assert told_below
    assert told_above[1] == told_below[1]
