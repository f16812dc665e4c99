"""The audit log, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.conftest import error_of

if TYPE_CHECKING:
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


def test_an_entry_says_by_which_token_it_was_done(maya: Program, program_of: ProgramOf, devon: Program) -> None:
    assert maya.person is not None
    assert devon.person is not None
    other = program_of(maya.person, ["users:write", "audit:read"])
    other.post(f"/users/{devon.person.id}/disable", {"reason": "Left"})
    entry = maya.read("/audit", action="user.disabled")["items"][0]
    assert entry["token"] == {"id": entry["token"]["id"], "kind": "personal_token", "name": "script", "jti": None}
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
