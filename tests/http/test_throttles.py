"""Whoever comes too often is told to wait, and the log remembers it without being flooded itself."""

from typing import TYPE_CHECKING

import pytest

from portal.audit.repository import Entry
from portal.http.throttles import REMEMBERED_ALL
from portal.infra.rate_limit import CLIENT_REFUSED
from tests.support.history import history

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
    from portal.http.context import EXTENSION  # noqa: PLC0415
    from portal.http.throttles import note_throttled  # noqa: PLC0415

    assert app.extensions[EXTENSION] is portal
    with app.test_request_context("/login", method="POST"):
        for number in range(2 * REMEMBERED_ALL.amount):
            note_throttled("sign_in", f"198.51.100.{number}")
    assert len(told(portal)) == REMEMBERED_ALL.amount
