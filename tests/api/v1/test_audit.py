"""The audit log, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.conftest import error_of

if TYPE_CHECKING:
    from tests.api.conftest import Program


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


def test_the_log_goes_on_by_its_cursor(maya: Program) -> None:
    first = maya.read("/audit", limit=1)
    second = maya.read("/audit", limit=1, cursor=first["next"])
    assert first["items"][0]["created_at"] >= second["items"][0]["created_at"]
    assert first["items"] != second["items"]
    error_of(maya.get("/audit", since="tomorrow"), 400)
