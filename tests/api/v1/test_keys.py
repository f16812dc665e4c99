"""Signing keys, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.conftest import error_of

if TYPE_CHECKING:
    from tests.api.conftest import Program


def test_the_next_key_signs_once_it_is_told_to(maya: Program) -> None:
    before = {key["kid"]: key["state"] for key in maya.read("/keys")["items"] if key["algorithm"] == "ES256"}
    signs = maya.post("/keys/rotate", {"algorithm": "ES256"}).get_json()
    assert (before[signs["kid"]], signs["state"]) == ("next", "active")
    error_of(maya.post("/keys/rotate", {"algorithm": "HS256"}), 400)


def test_a_revoked_key_is_gone_from_the_published_ones(maya: Program) -> None:
    signs = next(
        key for key in maya.read("/keys")["items"] if key["algorithm"] == "ES256" and key["state"] == "active"
    )
    error_of(maya.post(f"/keys/{signs['id']}/revoke", {}), 400)
    assert maya.post(f"/keys/{signs['id']}/revoke", {"reason": "leaked"}).get_json()["state"] == "revoked"
    published = maya.client.get("/oauth2/jwks").get_json()["keys"]
    assert signs["kid"] not in {key["kid"] for key in published}
    error_of(maya.post(f"/keys/{signs['id']}/revoke", {"reason": "again"}), 409)


def test_no_private_half_leaves(maya: Program) -> None:
    for key in maya.read("/keys")["items"]:
        assert {"d", "p", "q", "k"}.isdisjoint(key["public_jwk"])
        assert "sealed_private_key" not in key


def test_a_key_that_is_none_is_refused_and_never_said_again(maya: Program) -> None:
    error = error_of(maya.post("/keys", {"key": "-----BEGIN secret-text-----", "state": "next"}), 400)
    assert "secret-text" not in str(error)
