"""A program as others write it: an HTTP library, a running portal, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.support.live import LivePortal

PERSON = {"username": "heron", "email": "heron@example.org", "password": "three herons over the quiet weir"}


@pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)
def test_a_program_registers_signs_in_changes_and_refreshes(live_portal: LivePortal) -> None:
    with httpx.Client(base_url=f"{live_portal.url}/api/v1/") as api:
        made = api.post("auth/register", json=PERSON)
        assert (made.status_code, made.json()["username"]) == (201, "heron")
        tokens = api.post("auth/login", json={"username": "heron", "password": PERSON["password"]}).json()
        api.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        me = api.get("me")
        changed = api.patch("me", json={"nickname": "Grey"}, headers={"If-Match": me.headers["ETag"]})
        assert (changed.status_code, changed.json()["nickname"]) == (200, "Grey")
        late = api.patch("me", json={"nickname": "White"}, headers={"If-Match": me.headers["ETag"]})
        assert (late.status_code, late.json()["trace_id"]) == (412, late.headers["X-Request-ID"])
        assert api.get("users").status_code == 403
        grown = httpx.post(
            f"{live_portal.url}/oauth2/token",
            data={
                "grant_type": "refresh_token",
                "refresh_token": tokens["refresh_token"],
                "client_id": "portal-api",
            },
        ).json()
        api.headers["Authorization"] = f"Bearer {grown['access_token']}"
        assert api.get("me", params={"fields": "nickname"}).json() == {"nickname": "Grey"}
