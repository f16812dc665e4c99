"""Roles for programs: what they permit, who holds them, and who may decide that."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.repository import Resources, Roles
from tests.admin.holding import give, new_group, new_resource, new_role, permitted
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

OFFICE = {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]}


@pytest.fixture
def wiki(portal: Portal) -> UUID:
    return new_resource(portal, "wiki")


@pytest.fixture
def editor(portal: Portal, wiki: UUID) -> UUID:
    return new_role(portal, "editor", {"wiki:read": None, "wiki:update": None})


@pytest.fixture
def greta(portal: Portal, add_person: AddPerson, program_of: ProgramOf) -> Program:
    """Of somebody who looks after roles and may do little else."""
    person = add_person("greta@example.org", name="Greta Holm")
    give(portal, person, new_role(portal, "role keeper", {"role:read": None, "role:update": None}))
    return program_of(person)


@ON_ONE_DATABASE
def test_a_role_comes_has_an_owner_and_goes(portal: Portal, maya: Program, devon: Program) -> None:
    made = maya.post("/roles", {"name": "editor", "owner": "devon@example.org"})
    assert made.status_code == 201
    role = made.get_json()
    path = f"/roles/{role['id']}"
    assert made.headers["Location"] == f"/api/v1{path}"
    assert (role["owner"]["name"], role["is_system"], role["permissions"]) == ("Devon Reyes", False, [])
    changed = maya.patch(path, {"description": "Who edits"}, {"If-Match": made.headers["ETag"]})
    assert (changed.get_json()["owner"], changed.get_json()["description"]) == (role["owner"], "Who edits")
    error_of(maya.patch(path, {"name": "x"}, {"If-Match": made.headers["ETag"]}), 412)
    assert maya.patch(path, {"owner": None}).get_json()["owner"] is None
    assert error_of(maya.patch(path, {"owner": "nobody"}), 400)["details"][0]["field"] == "owner"
    assert maya.delete(path).status_code == 204
    error_of(maya.get(path), 404)
    with portal.reading() as session:
        administrator = Roles(session).by_name("administrator")
        assert administrator is not None
    assert error_of(maya.delete(f"/roles/{administrator.id}"), 409)["error"] == "part_of_the_portal"
    assert error_of(maya.patch(f"/roles/{administrator.id}", {"name": "boss"}), 409)["error"] == (
        "part_of_the_portal"
    )


def test_roles_are_found_filtered_and_sorted(portal: Portal, maya: Program, editor: UUID) -> None:
    new_role(portal, "Abbot")

    def names(**asked: object) -> list[str]:
        return [one["name"] for one in maya.read("/roles", **asked)["items"]]

    assert names() == ["Abbot", "administrator", "auditor", "editor", "user"]
    assert names(is_system="false", sort="newest") == ["Abbot", "editor"]
    assert names(q="what a editor") == ["editor"]
    assert names(owner_id=NOBODYS_ID) == []
    first = maya.read("/roles", limit=2)
    second = maya.read("/roles", limit=2, cursor=first["next"])
    assert [one["name"] for one in second["items"]] == ["auditor", "editor"]
    assert maya.read("/roles", limit=2, cursor=second["previous"])["items"] == first["items"]


def test_what_a_role_permits_is_said_at_once_and_seen_before(
    portal: Portal, maya: Program, devon: Program, editor: UUID, wiki: UUID
) -> None:
    assert devon.person is not None
    give(portal, devon.person, editor)
    path = f"/roles/{editor}/permissions"
    seen = maya.get(path)
    assert [one["action"] for one in seen.get_json()["permissions"]] == ["read", "update"]
    wish = {
        "permissions": [
            {"resource_id": str(wiki), "action": "read", "conditions": OFFICE},
            {"resource_id": str(wiki), "action": "delete"},
        ]
    }
    effect = maya.call("PUT", path, wish, query_string={"preview": "true"}).get_json()
    assert [(one["action"], one["after"]) for one in effect["gains"]] == [("delete", "yes")]
    assert {(one["action"], one["after"]) for one in effect["losses"]} == {
        ("read", "conditional"),
        ("update", "no"),
    }
    assert permitted(portal, editor) == {"wiki:read": None, "wiki:update": None}

    put = maya.put(path, wish, {"If-Match": seen.headers["ETag"]})
    assert put.status_code == 200
    assert put.get_json()["permissions"] == maya.read(f"/roles/{editor}")["permissions"]
    assert permitted(portal, editor) == {"wiki:read": OFFICE, "wiki:delete": None}
    error_of(maya.put(path, wish, {"If-Match": seen.headers["ETag"]}), 412)


@ON_ONE_DATABASE
def test_one_thing_is_allowed_and_denied_and_the_rest_stays(
    portal: Portal, maya: Program, editor: UUID, wiki: UUID
) -> None:
    path = f"/roles/{editor}/permissions/{wiki}"
    assert maya.put(f"{path}/create", {"conditions": OFFICE}).get_json()["conditions"] == OFFICE
    assert maya.delete(f"{path}/read").status_code == 204
    assert permitted(portal, editor) == {"wiki:update": None, "wiki:create": OFFICE}
    error_of(maya.delete(f"{path}/read"), 404)
    broken = {"conditions": {"attribute": "context.ip", "operator": "ip_in", "value": "here"}}
    details = error_of(maya.put(f"{path}/create", broken), 400)["details"]
    assert details[0]["field"].startswith("conditions/")
    error_of(maya.put(f"{path}/fly", {}), 400)
    error_of(maya.put(f"/roles/{editor}/permissions/{NOBODYS_ID}/read", {}), 400)
    assert permitted(portal, editor) == {"wiki:update": None, "wiki:create": OFFICE}


@ON_ONE_DATABASE
def test_nobody_lets_a_role_permit_more_than_they_may(
    portal: Portal, maya: Program, greta: Program, editor: UUID
) -> None:
    with portal.reading() as session:
        users = Resources(session).by_name("user")
        assert users is not None
    path = f"/roles/{editor}/permissions/{users.id}/delete"
    for answer in (greta.put(path, {}), greta.call("PUT", path, {}, query_string={"preview": "true"})):
        assert error_of(answer, 403)["error"] == "too_much_to_give"
    assert maya.put(path, {}).status_code == 200
    assert error_of(greta.delete(path), 403)["error"] == "too_much_to_give"
    assert "user:delete" in permitted(portal, editor)
    error_of(greta.delete(f"/roles/{editor}"), 403)


def test_permissions_are_listed_flat_and_filtered(
    portal: Portal, maya: Program, greta: Program, editor: UUID, wiki: UUID
) -> None:
    guest = new_role(portal, "guest", {"wiki:read": OFFICE})
    found = maya.read("/permissions", resource="wiki")["items"]
    assert sorted((one["role"]["name"], one["action"]) for one in found) == [
        ("editor", "read"),
        ("editor", "update"),
        ("guest", "read"),
    ]
    (one,) = maya.read("/permissions", resource="wiki", is_conditional="true")["items"]
    assert (one["role"]["id"], one["resource"]["id"], one["conditions"]) == (str(guest), str(wiki), OFFICE)
    assert len(maya.read("/permissions", role_id=editor, action="read")["items"]) == 1
    first = maya.read("/permissions", limit=5)
    second = maya.read("/permissions", limit=5, cursor=first["next"])
    assert maya.read("/permissions", limit=5, cursor=second["previous"])["items"] == first["items"]
    error_of(maya.get("/permissions", action="fly"), 400)
    assert "permission:read" in error_of(greta.get("/permissions"), 403)["message"]


@ON_ONE_DATABASE
def test_holders_and_giving_groups_are_told(
    portal: Portal, maya: Program, devon: Program, editor: UUID
) -> None:
    assert devon.person is not None
    give(portal, devon.person, editor, until="2031-12-24")
    new_group(portal, "Writers", roles=(editor,))
    (holder,) = maya.read(f"/roles/{editor}/holders")["items"]
    assert (holder["person"]["username"], holder["expires_at"]) == ("devon", "2031-12-24T23:59:59Z")
    assert maya.read(f"/roles/{editor}/holders", q="somebody")["items"] == []
    assert [one["group"]["name"] for one in maya.read(f"/roles/{editor}/groups")["items"]] == ["Writers"]
    error_of(maya.get(f"/roles/{NOBODYS_ID}/holders"), 404)


@ON_ONE_DATABASE
def test_lists_ask_as_much_of_the_database_for_a_hundred_rows_as_for_one(
    portal: Portal, maya: Program, devon: Program, editor: UUID
) -> None:
    def cost(path: str) -> tuple[int, bool]:
        maya.read("/me/permissions")  # what she may do is compiled once after each change
        with statements(portal.engine) as asked:
            found = maya.read(path, limit=100)["items"]
        return len(asked), len(found) == 100

    assert devon.person is not None
    assert maya.put(f"/users/{devon.person.id}/roles/{editor}", {}).status_code == 200
    assert maya.patch(f"/roles/{editor}", {"owner": "devon"}).status_code == 200
    paths = ("/roles", "/permissions", f"/roles/{editor}/holders")
    few = [cost(path)[0] for path in paths]
    add_a_hundred(portal, group_id=new_group(portal, "Writers"), role_id=editor)
    assert [cost(path) for path in paths] == [(count, True) for count in few]
