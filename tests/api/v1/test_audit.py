"""The audit log, for programs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest

from portal.jobs.delivery import deliver_due
from tests.api.conftest import error_of
from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.api.conftest import Program, ProgramOf


def test_what_a_program_does_is_told_with_before_and_after(maya: Program, devon: Program) -> None:
    assert devon.person is not None
    done = maya.post(f"/users/{devon.person.id}/disable", {"reason": "Left the house"})
    entry = maya.read("/audit", action="user.disabled")["items"][0]
    assert (entry["actor"], entry["actor_kind"], entry["reason"]) == ("maya", "user", "Left the house")
    assert (entry["before_state"]["is_active"], entry["after_state"]["is_active"]) == (True, False)
    assert entry["request_id"] == done.headers["X-Request-ID"]
    assert maya.read(f"/audit/{entry['id']}") == entry
    assert [one["id"] for one in maya.read("/audit", request_id=entry["request_id"])["items"]] == [
        entry["id"]
    ]


def test_a_no_is_remembered_under_the_trace_of_its_answer(maya: Program, devon: Program) -> None:
    error = error_of(devon.get("/users"), 403)
    entry = maya.read("/audit", request_id=error["trace_id"])["items"][0]
    assert (entry["action"], entry["actor"]) == ("access.refused", "devon")


def test_an_entry_says_by_which_token_it_was_done(
    maya: Program, program_of: ProgramOf, devon: Program
) -> None:
    assert maya.person is not None
    assert devon.person is not None
    other = program_of(maya.person, ["users:write", "audit:read"])
    other.post(f"/users/{devon.person.id}/disable", {"reason": "Left"})
    entry = maya.read("/audit", action="user.disabled")["items"][0]
    assert entry["token"] == {
        "id": entry["token"]["id"],
        "kind": "personal_token",
        "name": "script",
        "jti": None,
    }
    maya.post(f"/users/{devon.person.id}/enable")
    enabled = maya.read("/audit", action="user.enabled")["items"][0]
    assert enabled["token"]["id"] != entry["token"]["id"]
    by_it = maya.read("/audit", subject_id=entry["token"]["id"])["items"]
    assert [one["action"] for one in by_it] == ["user.disabled", "tokens.personal_made"]


def test_the_log_goes_on_by_its_cursor(maya: Program) -> None:
    first = maya.read("/audit", limit=1)
    second = maya.read("/audit", limit=1, cursor=first["next"])
    assert first["items"][0]["created_at"] >= second["items"][0]["created_at"]
    assert first["items"] != second["items"]
    error_of(maya.get("/audit", since="tomorrow"), 400)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_is_written_by_a_worker_and_taken_by_whoever_asked(
    portal: Portal, maya: Program, audrey: Program, devon: Program
) -> None:
    maya.post("/groups", {"name": "Press"})
    answer = maya.post("/audit/exports", {"action": "group.created", "format": "jsonl"})
    assert answer.status_code == 201, answer.text
    path = f"/audit/exports/{answer.get_json()['id']}"
    assert answer.headers["Location"] == f"/api/v1{path}"
    assert error_of(maya.get(f"{path}/file"), 409)["error"] == "audit_export_not_ready"
    deliver_due(portal)
    export = maya.read(path)
    assert (export["state"], export["total"], export["percent"]) == ("done", 1, 100)
    assert maya.read("/audit/exports")["items"] == [export]
    file = maya.get(f"{path}/file")
    assert file.mimetype == "application/jsonl"
    (entry,) = (orjson.loads(line) for line in file.text.splitlines())
    assert (entry["action"], entry["token"]["name"]) == ("group.created", "script")
    for answer in (audrey.get(path), audrey.get(f"{path}/file"), audrey.delete(path)):
        assert error_of(answer, 404)["error"] == "audit_export_not_found"
    assert "audit:read" in error_of(devon.post("/audit/exports", {}), 403)["message"]
    assert maya.delete(path).status_code == 204
    assert error_of(maya.get(path), 404)["error"] == "audit_export_not_found"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_access_token_is_told_by_its_app_and_its_family(
    maya: Program, devon: Program, anybody: Program
) -> None:
    tokens = [
        anybody.post("/auth/login", {"username": "devon", "password": PASSWORD}).get_json() for _ in range(2)
    ]
    for number, one in enumerate(tokens):
        program = replace(anybody, token=one["access_token"])
        assert program.patch("/me", {"nickname": f"Dev {number}"}).status_code == 200
    second, first = maya.read("/audit", action="user.profile_edited")["items"]
    assert (first["token"]["kind"], first["token"]["name"]) == ("access_token", "Portal API")
    assert first["token"]["jti"]
    assert first["token"]["id"] != second["token"]["id"]
    by_it = maya.read("/audit", subject_id=first["token"]["id"])["items"]
    assert first["id"] in {one["id"] for one in by_it}
    assert second["id"] not in {one["id"] for one in by_it}
