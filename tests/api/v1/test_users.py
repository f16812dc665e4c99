"""People with an account, for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.api.conftest import error_of
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.api.conftest import Program

AddPerson = Callable[..., "User"]


def test_an_auditor_reads_everybody_and_changes_nobody(audrey: Program, devon: Program) -> None:
    person = devon.person
    assert person is not None
    assert audrey.read(f"/users/{person.id}")["username"] == person.username
    error = error_of(audrey.post(f"/users/{person.id}/disable", {"reason": "Left"}), 403)
    assert "user:update" in error["message"]
    assert devon.read("/me")["is_active"]


def test_a_list_goes_on_by_its_cursor_and_back(maya: Program, add_person: AddPerson) -> None:
    for number in range(5):
        add_person(f"person{number}@example.org", name=f"Person {number}")
    first = maya.read("/users", limit=2, sort="name", q="person")
    second = maya.read("/users", limit=2, sort="name", q="person", cursor=first["next"])
    third = maya.read("/users", limit=2, sort="name", q="person", cursor=second["next"])
    names = [one["name"] for page in (first, second, third) for one in page["items"]]
    assert names == [f"Person {number}" for number in range(5)]
    assert third["next"] is None
    back = maya.read("/users", limit=2, sort="name", q="person", cursor=second["previous"])
    assert [one["name"] for one in back["items"]] == names[:2]


def test_a_cursor_counts_for_the_question_that_it_came_from(maya: Program, add_person: AddPerson) -> None:
    for number in range(3):
        add_person(f"person{number}@example.org", name=f"Person {number}")
    cursor = maya.read("/users", limit=1)["next"]
    for changed in ({"sort": "name"}, {"q": "person"}, {"state": "active"}):
        assert (
            error_of(maya.call("GET", "/users", query_string={"cursor": cursor, **changed}), 400)["error"]
            == "cursor_unknown"
        )
    error_of(maya.get("/users", cursor=f"{cursor[:-2]}xx"), 400)
    error_of(maya.get("/sessions", cursor=cursor), 400)


def test_filters_narrow_and_strange_ones_are_refused(maya: Program, devon: Program) -> None:
    assert [one["username"] for one in maya.read("/users", role="administrator")["items"]] == ["maya"]
    assert maya.read("/users", state="disabled")["items"] == []
    assert len(maya.read("/users", created_since="2020-01-01T00:00:00Z")["items"]) == 2
    for query in (
        {"state": "gone"}, {"limit": "101"}, {"limit": "0"}, {"role": "nobody"}, {"sort": "password_hash"},
        {"created_since": "yesterday"}, {"created_since": "0001-01-01T00:00:00+14:00"}, {"page": "2"},
    ):  # fmt: skip
        error_of(maya.call("GET", "/users", query_string=query), 400)


def test_whoever_may_not_see_roles_learns_none(maya: Program, clerk_with: Callable[..., Program]) -> None:
    clerk = clerk_with("user:read")
    assert {tuple(one["roles"] or ["unseen"]) for one in clerk.read("/users")["items"]} == {("unseen",)}
    error_of(clerk.get("/users", role="administrator"), 403)


def test_statements_do_not_grow_with_the_page(portal: Portal, maya: Program, add_person: AddPerson) -> None:
    maya.read("/users")
    with statements(portal.engine) as few:
        maya.read("/users", limit=1)
    for number in range(30):
        add_person(f"person{number}@example.org")
    with statements(portal.engine) as many:
        assert len(maya.read("/users", limit=100)["items"]) == 31
    assert len(many) == len(few) <= 5


def test_a_repeated_create_makes_one_person(maya: Program) -> None:
    body = {"email": "new@example.org", "name": "New Person"}
    key = {"Idempotency-Key": str(uuid4())}
    first = maya.post("/users", body, key)
    again = maya.post("/users", body, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert first.headers["Location"] == again.headers["Location"] == f"/api/v1/users/{first.get_json()['id']}"
    error_of(maya.post("/users", {**body, "name": "Other"}, key), 422)
    taken = error_of(maya.post("/users", body), 400)
    assert (taken["error"], taken["details"][0]["field"]) == ("email_taken", "email")


@pytest.mark.parametrize(
    "member", ["password_hash", "is_active", "id", "security_epoch", "roles", "email_verified_at"]
)
def test_no_member_is_slipped_in(maya: Program, devon: Program, member: str) -> None:
    body = {"email": "new@example.org", "name": "New", member: "x"}
    assert error_of(maya.post("/users", body), 400)["details"][0]["field"] == member
    assert devon.person is not None
    error_of(maya.patch(f"/users/{devon.person.id}", {member: "x"}), 400)


def test_disabling_shuts_out_at_once_and_enabling_brings_nothing_back(maya: Program, devon: Program) -> None:
    assert devon.person is not None
    path = f"/users/{devon.person.id}"
    answer = maya.post(f"{path}/disable", {"reason": "Left the house"})
    assert (answer.get_json()["is_active"], answer.get_json()["disabled_reason"]) == (False, "Left the house")
    assert error_of(devon.get("/me"), 403)["error"] == "account_disabled"
    assert maya.post(f"{path}/enable").get_json()["is_active"]
    error_of(devon.get("/me"), 401)


def test_nobody_shuts_out_themselves_or_the_last_administrator(maya: Program) -> None:
    assert maya.person is not None
    error_of(maya.post(f"/users/{maya.person.id}/disable", {"reason": "Tired"}), 409)
    error_of(maya.delete(f"/users/{maya.person.id}", reason="Tired"), 409)
    assert maya.read("/me")["is_active"]


def test_an_account_is_removed_with_a_reason(maya: Program, devon: Program) -> None:
    assert devon.person is not None
    path = f"/users/{devon.person.id}"
    error_of(maya.delete(path), 400)
    seen = maya.get(path).headers["ETag"]
    maya.patch(path, {"nickname": "D", "given_name": "Dev"})
    error_of(maya.delete(path, headers={"If-Match": seen}, reason="Left"), 412)
    assert maya.delete(path, reason="Left").status_code == 204
    error_of(maya.get(path), 404)
    error_of(devon.get("/me"), 401)


def test_ids_that_are_none_are_not_found(maya: Program) -> None:
    for path in ("/users/1", f"/users/{uuid4()}", "/users/%00", "/users/../me"):
        error_of(maya.get(path), 404)
