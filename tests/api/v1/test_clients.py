"""Apps, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.api.conftest import error_of

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.api.conftest import Program

WISH = {
    "client_name": "Wiki",
    "kind": "web",
    "redirect_uris": ["https://wiki.example/cb"],
    "audience": "everyone",
}


def registered(program: Program, **change: object) -> dict[str, Any]:
    answer = program.post("/clients", {**WISH, **change})
    assert answer.status_code == 201, answer.text
    made = answer.get_json()
    assert isinstance(made, dict)
    return made


def test_a_secret_is_shown_once_and_works_at_the_token_endpoint(maya: Program) -> None:
    made = registered(maya, kind="service", redirect_uris=[], audience="roles")
    secret = made["client_secret"]
    assert secret not in maya.get(f"/clients/{made['id']}").text
    assert secret not in maya.get(f"/clients/{made['id']}/secrets").text
    answer = maya.client.post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, auth=(made["client_id"], secret)
    )
    assert answer.status_code == 200


def test_a_repeated_registration_brings_the_same_secret_and_one_app(maya: Program, portal: Portal) -> None:
    key = {"Idempotency-Key": "wiki-1"}
    first, again = (maya.post("/clients", WISH, key).get_json() for _ in range(2))
    assert first == again
    assert len(maya.read("/clients", q="Wiki")["items"]) == 1
    with portal.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT sealed FROM idempotency_keys").scalar_one()
    assert first["client_secret"] not in kept


def test_settings_are_patched_under_the_rules_of_the_kind(maya: Program) -> None:
    path = f"/clients/{registered(maya)['id']}"
    seen = maya.get(path).headers["ETag"]
    changed = maya.patch(path, {"client_name": "Notes", "scopes": ["openid", "email"]}, {"If-Match": seen})
    assert (changed.get_json()["client_name"], changed.get_json()["scopes"]) == ("Notes", ["openid", "email"])
    assert changed.get_json()["redirect_uris"] == WISH["redirect_uris"]
    error_of(maya.patch(path, {"client_name": "Late"}, {"If-Match": seen}), 412)
    problem = error_of(maya.patch(path, {"redirect_uris": ["http://wiki.example/cb#x"]}), 400)
    assert "redirect_uris" in problem["details"][0]["field"]
    for member in ("client_id", "kind", "everyone_may_use", "is_vouched", "registered_by"):
        error_of(maya.patch(path, {member: "x"}), 400)


def test_the_protocol_is_set_by_the_names_of_its_registries(maya: Program) -> None:
    path = f"/clients/{registered(maya)['id']}/protocol"
    assert maya.read(path)["require_pushed_authorization_requests"] is False
    changed = maya.patch(path, {"require_pushed_authorization_requests": True, "refresh_grace_seconds": 10})
    assert changed.get_json()["require_pushed_authorization_requests"] is True
    assert maya.read(path)["refresh_grace_seconds"] == 10
    assert error_of(maya.patch(path, {"refresh_grace_seconds": 4000}), 400)["details"]
    error_of(maya.patch(path, {"require_pkce": False}, {"If-Match": '"old"'}), 412)


def test_who_may_use_an_app_is_said_as_a_whole(maya: Program) -> None:
    path = f"/clients/{registered(maya)['id']}/access"
    assert maya.read(path) == {"audience": "everyone", "roles": [], "groups": []}
    closed = maya.put(path, {"audience": "roles"})
    assert closed.get_json()["audience"] == "roles"
    error_of(maya.put(path, {"audience": "roles", "role_ids": ["00000000-0000-7000-8000-000000000000"]}), 400)


def test_secrets_come_and_go(maya: Program) -> None:
    made = registered(maya)
    path = f"/clients/{made['id']}/secrets"
    fresh = maya.post(path, {"overlap_seconds": 3600}).get_json()
    assert fresh["client_secret"] != made["client_secret"]
    live = maya.read(path)["items"]
    assert len(live) == 2
    assert maya.delete(f"{path}/{fresh['id']}").status_code == 204
    assert fresh["id"] not in {one["id"] for one in maya.read(path)["items"]}
    error_of(maya.delete(f"{path}/{fresh['id']}"), 404)


def test_an_app_is_closed_opened_and_removed(maya: Program) -> None:
    path = f"/clients/{registered(maya)['id']}"
    assert maya.post(f"{path}/disable").get_json()["is_active"] is False
    assert maya.post(f"{path}/enable").get_json()["is_active"] is True
    assert maya.delete(path).status_code == 204
    error_of(maya.get(path), 404)


def test_an_auditor_changes_no_app(maya: Program, audrey: Program) -> None:
    path = f"/clients/{registered(maya)['id']}"
    assert audrey.read(path)["client_name"] == "Wiki"
    for refused in (
        audrey.patch(path, {"client_name": "Mine"}), audrey.delete(path), audrey.post(f"{path}/disable"),
        audrey.post("/clients", WISH), audrey.post(f"{path}/secrets", {}),
    ):  # fmt: skip
        assert "client:" in error_of(refused, 403)["message"]
