"""What one person holds, for programs: ways, ends, reasons, and who may decide about them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.repository import Roles
from tests.admin.holding import give, new_group, new_resource, new_role
from tests.api.conftest import error_of
from tests.support.people import NOBODYS_ID

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


def person_of(program: Program) -> User:
    assert program.person is not None
    return program.person


def administrator_in(portal: Portal) -> UUID:
    with portal.reading() as session:
        role = Roles(session).by_name("administrator")
        assert role is not None
        return role.id


@ON_ONE_DATABASE
def test_a_role_is_given_with_an_end_and_a_reason_and_taken(
    maya: Program, devon: Program, editor: UUID
) -> None:
    path = f"/users/{person_of(devon).id}/roles/{editor}"
    seen = maya.call("PUT", path, {}, query_string={"preview": "true"}).get_json()
    assert [(one["resource"], one["action"]) for one in seen["gains"]] == [("wiki", "update")]
    error_of(maya.get(path), 404)
    given = maya.put(path, {"expires_at": "2031-12-24T18:00:00+02:00", "reason": "The book"})
    assert given.status_code == 200
    assert given.get_json()["expires_at"] == "2031-12-24T16:00:00Z"
    assert (given.get_json()["reason"], given.get_json()["assigned_by"]["username"]) == ("The book", "maya")
    assert devon.read("/me/permissions")["permissions"] == ["wiki:update"]
    assert maya.put(path, {}, {"If-Match": given.headers["ETag"]}).get_json()["expires_at"] is None
    error_of(maya.delete(path, {"If-Match": given.headers["ETag"]}), 412)
    assert maya.delete(path, preview="true").get_json()["losing"] == 1
    assert maya.delete(path, reason="Done").status_code == 204
    assert devon.read("/me/permissions")["permissions"] == []
    error_of(maya.delete(path), 404)
    error_of(maya.put(path, {"expires_at": "2020-01-01"}), 400)
    error_of(maya.put(f"/users/{NOBODYS_ID}/roles/{editor}", {}), 404)
    error_of(maya.put(f"/users/{person_of(devon).id}/roles/{NOBODYS_ID}", {}), 404)


@ON_ONE_DATABASE
def test_every_way_of_holding_a_role_is_told_to_operators_and_to_oneself(
    portal: Portal, maya: Program, devon: Program, editor: UUID
) -> None:
    new_group(portal, "Writers", person_of(devon), roles=(editor,))
    give(portal, person_of(devon), editor, until="2031-12-24")
    ways = maya.read(f"/users/{person_of(devon).id}/roles")["items"]
    assert [(one["role"]["name"], one["group"] and one["group"]["name"]) for one in ways] == [
        ("editor", None),
        ("editor", "Writers"),
        ("user", None),
    ]
    assert ways[0]["ends_at"] == "2031-12-24T23:59:59Z"
    assert devon.read("/me/roles")["items"] == ways
    groups = maya.read(f"/users/{person_of(devon).id}/groups")["items"]
    assert [one["group"]["name"] for one in groups] == ["Writers"]
    assert devon.read("/me/groups")["items"] == groups


def test_the_last_administrator_stays_one(portal: Portal, maya: Program, devon: Program) -> None:
    administrator = administrator_in(portal)
    path = f"/users/{person_of(maya).id}/roles/{administrator}"
    for answer in (
        maya.delete(path),
        maya.delete(path, preview="true"),
        maya.put(path, {"expires_at": "2031-12-24"}),
    ):
        assert error_of(answer, 409)["error"] == "last_administrator"
    assert maya.read(path)["expires_at"] is None
    assert maya.put(f"/users/{person_of(devon).id}/roles/{administrator}", {}).status_code == 200
    assert maya.delete(path).status_code == 204


@ON_ONE_DATABASE
def test_nobody_gives_a_role_that_permits_more_than_they_may(
    portal: Portal, add_person: AddPerson, program_of: ProgramOf, devon: Program, editor: UUID
) -> None:
    greta = add_person("greta@example.org")
    give(portal, greta, new_role(portal, "keeper", {"role:update": None, "user:read": None}))
    keeper = program_of(greta)
    for role_id in (administrator_in(portal), editor):
        for target in (person_of(devon), greta):
            answer = keeper.put(f"/users/{target.id}/roles/{role_id}", {})
            assert error_of(answer, 403)["error"] == "too_much_to_give"
    assert [one["role"]["name"] for one in devon.read("/me/roles")["items"]] == ["user"]


@ON_ONE_DATABASE
def test_what_operators_note_of_a_person_is_set_at_once(maya: Program, devon: Program) -> None:
    path = f"/users/{person_of(devon).id}/attributes"
    seen = maya.get(path).headers["ETag"]
    wish = {"attributes": {"region": "north", "teams": ["red", "blue"]}}
    assert maya.put(path, wish, {"If-Match": seen}).get_json() == wish
    error_of(maya.put(path, {"attributes": {}}, {"If-Match": seen}), 412)
    error_of(maya.put(path, {"attributes": {"Region!": "north"}}), 400)
    assert maya.read(path) == wish
    assert maya.put(path, {}).get_json() == {"attributes": {}}
