"""Whoever calls, about themselves; and what is the same for every operation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import error_of
from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from tests.api.conftest import Program, ProgramOf


def test_a_person_reads_themselves(devon: Program) -> None:
    me = devon.read("/me")
    assert me["email"] == "devon@example.org"
    assert me["roles"] == ["user"]
    assert "password_hash" not in me
    assert me["created_at"].endswith("Z")


def test_a_merge_patch_changes_what_it_names_and_empties_what_is_null(devon: Program) -> None:
    assert devon.patch("/me", {"nickname": "Dev", "locality": "Leeds"}).status_code == 200
    changed = devon.patch("/me", {"nickname": None, "given_name": "Devon"}).get_json()
    assert (changed["nickname"], changed["given_name"]) == (None, "Devon")
    assert changed["address"]["locality"] == "Leeds"


def test_a_change_of_what_was_not_seen_is_refused(devon: Program) -> None:
    seen = devon.get("/me").headers["ETag"]
    assert devon.patch("/me", {"nickname": "A"}, {"If-Match": seen}).status_code == 200
    error_of(devon.patch("/me", {"nickname": "B"}, {"If-Match": seen}), 412)
    assert devon.read("/me")["nickname"] == "A"
    assert devon.patch("/me", {"nickname": "C"}, {"If-Match": "*"}).status_code == 200


def test_what_is_known_is_not_sent_again(devon: Program) -> None:
    answer = devon.get("/me")
    again = devon.get("/me", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_only_the_members_that_are_asked_for_come(devon: Program) -> None:
    assert set(devon.read("/me", fields="id,username")) == {"id", "username"}
    assert error_of(devon.get("/me", fields="password_hash"), 400)["details"][0]["field"] == "fields"


def test_permissions_are_those_of_here_and_now(maya: Program, devon: Program) -> None:
    assert "user:delete" in maya.read("/me/permissions")["permissions"]
    assert devon.read("/me/permissions")["permissions"] == []


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer",
        "Bearer x",
        "Basic bWF5YTpwYXNzd29yZA==",
        "Bearer portal_pat_0000000000000000000000_00000000000000000000000000000000000000000000000000",
    ],
)
def test_without_a_token_that_counts_nothing_is_answered(anybody: Program, header: str | None) -> None:
    answer = anybody.get("/me", headers={"Authorization": header} if header else None)
    error_of(answer, 401)
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_the_token_needs_the_scope(devon: Program, program_of: ProgramOf) -> None:
    narrow = program_of(devon.person, ["users:read"])
    answer = narrow.get("/me")
    assert error_of(answer, 403)["error"] == "insufficient_scope"
    assert 'scope="account:read"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"nickname": "A"', "application/json", 400),
        (b'{"nickname": "A", "nickname": "B"}', "application/json", 400),
        (b'["nickname"]', "application/json", 400),
        (b'{"nickname": "\\u0000"}', "application/json", 400),
        (b'{"nickname": "\\ud800"}', "application/json", 400),
        (b'{"nickname": NaN}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b'{"nickname": ' + b'{"a": ' * 30 + b"1" + b"}" * 31, "application/json", 400),
        (b"nickname=A", "application/x-www-form-urlencoded", 415),
        (b"x" * 70_000, "application/json", 413),
        (b'{"email": "other@example.org"}', "application/json", 400),
        (b'{"is_active": false}', "application/merge-patch+json", 400),
        (b'{"nickname": 7}', "application/merge-patch+json", 400),
        (b'{"name": null}', "application/merge-patch+json", 400),
    ],
)
def test_what_cannot_be_used_is_told_in_one_shape(
    devon: Program, body: bytes, content_type: str, status: int
) -> None:
    answer = devon.call("PATCH", "/me", data=body, content_type=content_type)
    error_of(answer, status)
    assert devon.read("/me")["nickname"] is None


def test_what_is_not_there_is_told_in_the_same_shape(devon: Program) -> None:
    error_of(devon.get("/nothing/here"), 404)
    answer = devon.call("DELETE", "/me")
    error_of(answer, 405)
    assert "GET" in answer.headers["Allow"]
    error_of(devon.get("/me", limit="5"), 400)
    error_of(devon.call("GET", "/me?fields=id&fields=email"), 400)
    error_of(devon.call("GET", "/me?fields=%00"), 400)


def test_every_answer_says_how_many_calls_are_left(devon: Program) -> None:
    first, second = (devon.get("/me").headers["RateLimit"] for _ in range(2))
    assert first.startswith('"api";r=')
    assert int(second.split(";")[1][2:]) <= int(first.split(";")[1][2:])


def test_of_a_disabled_account_a_genuine_token_says_so(
    maya: Program, devon: Program, anybody: Program
) -> None:
    """403, since it is no fault of the token; whoever made one up learns nothing."""
    assert devon.person is not None
    tokens = anybody.post("/auth/login", {"username": "devon", "password": PASSWORD}).get_json()
    signed_in = replace(anybody, token=tokens["access_token"])
    made_up = replace(anybody, token=f"{devon.token}x")
    assert signed_in.get("/me").status_code == 200
    maya.post(f"/users/{devon.person.id}/disable", {"reason": "Left"})
    for program in (devon, signed_in):
        assert error_of(program.get("/me"), 403)["error"] == "account_disabled"
    assert error_of(made_up.get("/me"), 401)["error"] == "invalid_token"
    maya.post(f"/users/{devon.person.id}/enable")
    for program in (devon, signed_in):
        assert error_of(program.get("/me"), 401)["error"] == "invalid_token"
