"""One act for many people, asked for by a program and done by a worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from portal.jobs.delivery import deliver_due
from tests.api.conftest import error_of

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.api.conftest import Program, ProgramOf

AddPerson = Callable[..., "User"]


def test_a_job_is_begun_watched_and_told_of_each(maya: Program, devon: Program, portal: Portal) -> None:
    assert devon.person is not None
    body = {
        "kind": "disable",
        "reason": "Season over",
        "people": {"user_ids": [str(devon.person.id), str(uuid4())]},
    }
    key = {"Idempotency-Key": "season"}
    made, again = maya.post("/jobs", body, key), maya.post("/jobs", body, key)
    assert (made.status_code, made.get_json()) == (201, again.get_json())
    path = f"/jobs/{made.get_json()['id']}"
    assert maya.read(path)["state"] == "waiting"
    deliver_due(portal)
    job = maya.read(path)
    assert (job["state"], job["total"], job["done"], job["failed"], job["percent"]) == ("done", 2, 1, 1, 100)
    items = maya.read(f"{path}/items", limit=1)
    rest = maya.read(f"{path}/items", limit=1, cursor=items["next"])
    assert {items["items"][0]["state"], rest["items"][0]["state"]} == {"done", "failed"}
    assert [one["state"] for one in maya.read(f"{path}/items", state="failed")["items"]] == ["failed"]
    error_of(devon.get("/me"), 403)


def test_a_job_that_waits_is_cancelled_and_nothing_happens(
    maya: Program, devon: Program, portal: Portal
) -> None:
    assert devon.person is not None
    made = maya.post("/jobs", {"kind": "disable", "reason": "x", "people": {"matching": {"text": "devon"}}})
    path = f"/jobs/{made.get_json()['id']}"
    assert maya.post(f"{path}/cancel").get_json()["state"] == "cancelled"
    deliver_due(portal)
    assert devon.read("/me")["is_active"]
    error_of(maya.post(f"{path}/cancel"), 409)


def test_people_are_taken_in_by_the_hundred(maya: Program, portal: Portal) -> None:
    """More than other bodies may be: 1,200 lines are some 80 kB."""
    lines = [{"email": f"new{number}@example.org", "name": f"New Person {number}"} for number in range(1200)]
    made = maya.post("/jobs", {"kind": "import", "lines": lines})
    assert (made.status_code, made.get_json()["total"]) == (201, 1200)


def test_the_token_needs_the_scope_of_what_the_job_changes(maya: Program, program_of: ProgramOf) -> None:
    narrow = program_of(maya.person, ["users:read", "users:write"])
    body = {"kind": "end_sessions", "people": {"matching": {}}}
    assert "sessions:write" in error_of(narrow.post("/jobs", body), 403)["message"]


def test_the_token_needs_the_scope_of_what_lines_give_and_filters_look_at(
    maya: Program, program_of: ProgramOf
) -> None:
    narrow = program_of(maya.person, ["users:read", "users:write"])
    person = {"email": "new@example.org", "name": "New Person"}
    for fields, scope in (
        ({"roles": ["administrator"]}, "roles:write"),
        ({"groups": ["Research"]}, "groups:write"),
    ):
        body = {"kind": "import", "lines": [person, person | fields]}
        assert scope in error_of(narrow.post("/jobs", body), 403)["message"]
    for field, scope in (("role_id", "roles:read"), ("group_id", "groups:read")):
        wish = {"kind": "enable", "people": {"matching": {field: str(uuid4())}}}
        assert scope in error_of(narrow.post("/jobs", wish), 403)["message"]
    assert narrow.post("/jobs", {"kind": "import", "lines": [person]}).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "erase", "people": {"matching": {}}},
        {"kind": "enable"},
        {"kind": "enable", "people": {}},
        {"kind": "enable", "people": {"user_ids": []}},
        {"kind": "enable", "people": {"matching": {"password": "x"}}},
        {"kind": "enable", "people": {"matching": {}}, "actor_id": "x"},
        {"kind": "import", "lines": []},
    ],
)
def test_a_wish_that_is_none_begins_nothing(maya: Program, body: dict[str, object]) -> None:
    error_of(maya.post("/jobs", body), 400)
    assert maya.read("/jobs")["items"] == []


def test_others_match_than_when_somebody_looked(maya: Program, devon: Program) -> None:
    people = {"matching": {"text": "devon"}, "expected": 7}
    error_of(maya.post("/jobs", {"kind": "enable", "people": people}), 409)


def test_an_auditor_sees_jobs_and_begins_none(maya: Program, audrey: Program) -> None:
    made = maya.post("/jobs", {"kind": "enable", "people": {"matching": {}}}).get_json()
    assert audrey.read(f"/jobs/{made['id']}")["kind"] == "enable"
    error_of(audrey.post("/jobs", {"kind": "enable", "people": {"matching": {}}}), 403)
    error_of(audrey.post(f"/jobs/{made['id']}/cancel"), 403)


def test_tokens_are_seen_and_ended_and_never_made(maya: Program, devon: Program) -> None:
    assert devon.person is not None
    (mine,) = devon.read("/me/tokens")["items"]
    assert mine["is_current"]
    error_of(devon.post("/me/tokens", {"name": "more", "scopes": ["account:read"], "days": 365}), 405)
    theirs = f"/users/{devon.person.id}/tokens"
    assert [one["id"] for one in maya.read(theirs)["items"]] == [mine["id"]]
    error_of(devon.delete(f"/me/tokens/{maya.read('/me/tokens')['items'][0]['id']}"), 404)
    error_of(maya.delete(f"{theirs}/{mine['id']}"), 400)
    assert maya.delete(f"{theirs}/{mine['id']}", reason="Lost").status_code == 204
    error_of(devon.get("/me"), 401)
