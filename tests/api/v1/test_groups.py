"""Groups for programs: the same rules, the same delegates, the same previews as in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.schemas import AddGroupAdministrator
from portal.access.usecases.groups import add_group_administrator
from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import CLI
from tests.admin.holding import give, new_group, new_resource, new_role, permit
from tests.api.conftest import error_of
from tests.api.v1.rows import add_a_hundred
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.api.conftest import Program, ProgramOf

    AddPerson = Callable[..., User]

ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def editor(portal: Portal) -> UUID:
    new_resource(portal, "wiki")
    return new_role(portal, "editor", {"wiki:update": None})


@pytest.fixture
def writers(portal: Portal, editor: UUID) -> UUID:
    return new_group(portal, "Writers", roles=(editor,))


@pytest.fixture
def dora(portal: Portal, writers: UUID, add_person: AddPerson, program_of: ProgramOf) -> Program:
    """Of somebody who looks after the writers, and after nothing else."""
    person = add_person("dora@example.org", name="Dora Quist")
    with portal.unit_of_work(CLI) as uow:
        add_group_administrator(uow, writers, AddGroupAdministrator(user_id=person.id))
    return program_of(person)


def id_of(program: Program) -> UUID:
    assert program.person is not None
    return program.person.id


def test_a_group_comes_is_called_otherwise_and_goes(portal: Portal, maya: Program) -> None:
    made = maya.post("/groups", {"name": "Readers", "description": "Who reads"})
    assert made.status_code == 201
    group = made.get_json()
    assert made.headers["Location"] == f"/api/v1/groups/{group['id']}"
    path = f"/groups/{group['id']}"
    assert maya.patch(path, {"description": None, "is_requestable": True}).get_json() == {
        **group, "description": "", "is_requestable": True,
    }  # fmt: skip
    seen = made.headers["ETag"]
    error_of(maya.patch(path, {"name": "Others"}, {"If-Match": seen}), 412)
    error_of(maya.delete(path, {"If-Match": seen}), 412)
    assert maya.delete(path, reason="Nobody reads").status_code == 204
    error_of(maya.get(path), 404)
    with portal.reading() as session:
        wanted = AuditFilter(subject_id=UUID(group["id"]))
        told = [(one.action, one.reason) for one in AuditEntries(session).page(wanted).items]
    assert told == [("group.deleted", "Nobody reads"), ("group.edited", None), ("group.created", None)]


@ON_ONE_DATABASE
def test_names_of_groups_are_unique_and_said_at_the_member(maya: Program, writers: UUID) -> None:
    error = error_of(maya.post("/groups", {"name": "WRITERS"}), 400)
    assert [(one["field"], one["code"]) for one in error["details"]] == [("name", "name_taken")]
    assert maya.read(f"/groups/{writers}")["roles"] == ["editor"]


def test_groups_are_found_filtered_and_sorted_page_by_page(
    portal: Portal, maya: Program, editor: UUID, writers: UUID
) -> None:
    for name in ("beta", "Alpha", "gamma"):
        new_group(portal, name)

    def names(**asked: object) -> list[str]:
        return [one["name"] for one in maya.read("/groups", **asked)["items"]]

    assert names() == ["Alpha", "beta", "gamma", "Writers"]
    assert names(sort="newest") == ["gamma", "Alpha", "beta", "Writers"]
    assert names(q="LPH") == ["Alpha"]
    assert names(role_id=editor) == ["Writers"]
    assert names(is_requestable="true") == []
    for sort in ("name", "newest"):
        first = maya.read("/groups", sort=sort, limit=3)
        rest = maya.read("/groups", sort=sort, limit=3, cursor=first["next"])
        back = maya.read("/groups", sort=sort, limit=3, cursor=rest["previous"])
        assert [*first["items"], *rest["items"]] == maya.read("/groups", sort=sort)["items"]
        assert (rest["next"], back["items"]) == (None, first["items"])
    error_of(maya.get("/groups", sort="is_requestable"), 400)
    error_of(maya.get("/groups", cursor=maya.read("/groups", limit=1)["next"], sort="newest"), 400)


@ON_ONE_DATABASE
def test_members_come_with_an_end_and_a_reason_and_leave(
    maya: Program, devon: Program, writers: UUID
) -> None:
    path = f"/groups/{writers}/members/{id_of(devon)}"
    put = maya.put(path, {"expires_at": "2031-12-24", "reason": "Until the book is done"})
    assert put.status_code == 200
    member = put.get_json()
    assert (member["expires_at"], member["reason"]) == ("2031-12-24T23:59:59Z", "Until the book is done")
    assert (member["added_by"]["username"], member["is_live"]) == ("maya", True)
    assert maya.read(path) == member
    assert maya.read(f"/groups/{writers}/members")["items"] == [member]
    assert maya.put(path, {}, {"If-Match": put.headers["ETag"]}).get_json()["expires_at"] is None
    error_of(maya.delete(path, {"If-Match": put.headers["ETag"]}), 412)
    error_of(maya.put(path, {"expires_at": "2020-01-01"}), 400)
    assert maya.delete(path, reason="Done").status_code == 204
    error_of(maya.delete(path), 404)
    error_of(maya.put(path, {}, {"If-Match": "*"}), 412)


@ON_ONE_DATABASE
def test_whoever_looks_after_a_group_decides_who_is_in_it_and_sees_no_other(
    portal: Portal, dora: Program, devon: Program, writers: UUID
) -> None:
    other = new_group(portal, "Other")
    assert [one["name"] for one in dora.read("/groups")["items"]] == ["Writers"]
    added = dora.post(f"/groups/{writers}/members", {"who": "devon@example.org", "reason": "New here"})
    assert added.status_code == 201
    assert added.headers["Location"] == f"/api/v1/groups/{writers}/members/{id_of(devon)}"
    assert [one["person"]["username"] for one in dora.read(f"/groups/{writers}/members")["items"]] == [
        "devon"
    ]
    assert dora.delete(f"/groups/{writers}/members/{id_of(devon)}").status_code == 204

    for group_id in (other, UUID(NOBODYS_ID)):
        answers = (
            dora.get(f"/groups/{group_id}"),
            dora.get(f"/groups/{group_id}/members"),
            dora.put(f"/groups/{group_id}/members/{id_of(devon)}", {}),
            dora.delete(f"/groups/{group_id}/members/{id_of(devon)}"),
        )
        for answer in answers:
            assert "group:" in error_of(answer, 403)["message"]
    for method, path in (("PATCH", ""), ("DELETE", ""), ("GET", "/roles"), ("GET", "/administrators")):
        error_of(dora.call(method, f"/groups/{writers}{path}", {} if method == "PATCH" else None), 403)


@ON_ONE_DATABASE
def test_a_delegate_sees_no_previews_for_they_tell_what_roles_permit(
    dora: Program, devon: Program, writers: UUID
) -> None:
    path = f"/groups/{writers}/members/{id_of(devon)}"
    error_of(dora.call("PUT", path, {}, query_string={"preview": "true"}), 403)
    assert dora.read(f"/groups/{writers}/members")["items"] == []


@ON_ONE_DATABASE
def test_a_preview_of_another_name_tells_whose_answers_may_turn(
    portal: Portal, maya: Program, devon: Program, writers: UUID, editor: UUID
) -> None:
    inside = {"attribute": "subject.groups", "operator": "contains", "value": "Writers"}
    permit(portal, editor, {"wiki:update": inside})
    maya.put(f"/groups/{writers}/members/{id_of(devon)}", {})
    path = f"/groups/{writers}"
    effect = maya.call("PATCH", path, {"name": "Authors"}, query_string={"preview": "true"}).get_json()
    assert [(one["resource"], one["before"], one["after"]) for one in effect["altered"]] == [
        ("wiki", "conditional", "conditional")
    ]
    assert maya.read(path)["name"] == "Writers"


def test_a_preview_says_who_gains_and_who_loses_and_changes_nothing(
    maya: Program, devon: Program, writers: UUID, editor: UUID
) -> None:
    path = f"/groups/{writers}/members/{id_of(devon)}"
    effect = maya.call("PUT", path, {}, query_string={"preview": "true"}).get_json()
    (gain,) = effect["gains"]
    assert (gain["resource"], gain["action"], gain["before"], gain["after"]) == (
        "wiki",
        "update",
        "no",
        "yes",
    )
    assert [one["name"] for one in gain["people"]] == ["Devon Reyes"]
    assert (effect["gaining"], effect["losses"]) == (1, [])
    error_of(maya.get(path), 404)

    assert maya.put(path, {}).status_code == 200
    for cause in (path, f"/groups/{writers}/roles/{editor}", f"/groups/{writers}"):
        answer = maya.delete(cause, preview="true")
        assert answer.status_code == 200
        assert answer.get_json()["losing"] == 1
        assert answer.get_json()["losses"][0]["people"][0]["id"] == str(id_of(devon))
    assert maya.read(path)["is_live"]
    assert maya.read(f"/groups/{writers}")["roles"] == ["editor"]


@ON_ONE_DATABASE
def test_roles_of_a_group_are_given_and_taken_and_nobody_gives_more_than_they_may(
    portal: Portal, maya: Program, add_person: AddPerson, program_of: ProgramOf, writers: UUID
) -> None:
    clerk = new_role(portal, "clerk", {"group:admin": None, "group:update": None})
    path = f"/groups/{writers}/roles/{clerk}"
    given = maya.put(path, {"expires_at": "2031-01-01", "reason": "Stocktaking"}).get_json()
    assert (given["role"]["name"], given["reason"]) == ("clerk", "Stocktaking")
    listed = maya.read(f"/groups/{writers}/roles")["items"]
    assert [one["role"]["name"] for one in listed] == ["clerk", "editor"]
    assert maya.delete(path).status_code == 204
    error_of(maya.delete(path), 404)

    greta = add_person("greta@example.org")
    give(portal, greta, new_role(portal, "groups", {"group:update": None, "group:read": None}))
    little = program_of(greta)
    assert error_of(little.put(path, {}), 403)["error"] == "too_much_to_give"
    assert [one["role"]["name"] for one in maya.read(f"/groups/{writers}/roles")["items"]] == ["editor"]


@ON_ONE_DATABASE
def test_administrators_of_a_group_are_named_and_let_go(maya: Program, devon: Program, writers: UUID) -> None:
    path = f"/groups/{writers}/administrators/{id_of(devon)}"
    assert maya.put(path, {"reason": "Knows them all"}).get_json()["person"]["username"] == "devon"
    assert devon.get(f"/groups/{writers}/members").status_code == 200
    assert len(maya.read(f"/groups/{writers}/administrators")["items"]) == 1
    assert maya.delete(path, reason="Left").status_code == 204
    error_of(devon.get(f"/groups/{writers}/members"), 403)
    error_of(maya.delete(path), 404)


@ON_ONE_DATABASE
def test_lists_ask_as_much_of_the_database_for_a_hundred_rows_as_for_one(
    portal: Portal, maya: Program, devon: Program, writers: UUID, editor: UUID
) -> None:
    def cost(path: str, rows: int) -> int:
        maya.read("/me/permissions")  # what she may do is compiled once after each change
        with statements(portal.engine) as asked:
            assert len(maya.read(path, limit=100)["items"]) == rows
        return len(asked)

    assert maya.put(f"/groups/{writers}/members/{id_of(devon)}", {}).status_code == 200
    paths = ("/groups", f"/groups/{writers}/members")
    few = [cost(path, 1) for path in paths]
    add_a_hundred(portal, group_id=writers, role_id=editor)
    assert [cost(path, 100) for path in paths] == few
