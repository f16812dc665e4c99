"""Roles in the console: what they permit, seen through before it is saved; who holds them; how they come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.repository import Roles
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.admin.holding import (
    carry_on,
    give,
    hidden,
    new_group,
    new_resource,
    new_role,
    preview,
    role_names,
)
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.admin.conftest import AddPerson


@pytest.fixture
def wiki(portal: Portal) -> UUID:
    return new_resource(portal, "wiki", description="What everybody knows")


@pytest.fixture
def editor(portal: Portal, wiki: UUID) -> UUID:
    return new_role(portal, "editor", {"wiki:read": None, "wiki:update": None})


def place(role_id: UUID, page: str = "") -> str:
    return f"/admin/roles/{role_id}{page}"


def test_roles_are_listed_with_holders_and_owner(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    give(portal, devon.person, editor)
    new_group(portal, "Press", maya.person, devon.person, roles=(editor,))
    maya.send(place(editor, "/edit"), {"name": "editor", "owner": "devon@example.org"})
    page = shown(maya.page("/admin/roles"))
    assert page.index("administrator") < page.index("auditor") < page.index("editor")
    assert "What a editor does 1 person 2 people Devon Reyes" in page
    assert "Part of the portal" in page


def test_a_role_with_many_holders_is_not_counted_to_the_end(
    portal: Portal, maya: Operator, add_person: AddPerson
) -> None:
    for number in range(51):
        add_person(f"person{number}@example.org")
    page = shown(maya.page("/admin/roles?q=user"))
    assert "50+ people" in page


def test_roles_are_found_by_part_of_a_name(maya: Operator, editor: UUID) -> None:
    page = shown(maya.page("/admin/roles?q=DIT"))
    assert "editor" in page
    assert "administrator" not in page
    assert "No roles match" in maya.page("/admin/roles?q=nothing-like-that")
    answer = maya.get("/admin/roles?q=edit", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert answer.text.count('id="results"') == 1


def test_long_lists_of_roles_have_pages(portal: Portal, maya: Operator) -> None:
    for number in range(30):
        new_role(portal, f"zebra {number:02}")
    first = maya.page("/admin/roles?q=zebra")
    assert "zebra 24" in first
    assert "zebra 25" not in first
    following = first.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "zebra 25" in maya.page(following)


def test_a_new_role_leads_to_its_permissions(portal: Portal, maya: Operator) -> None:
    answer = maya.send(
        "/admin/roles/new", {"name": "reviewer", "description": "Reads along", "is_requestable": "y"}
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/permissions")
    page = shown(maya.page(answer.headers["Location"]))
    assert "The role reviewer is there" in page
    assert "People may ask for it" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "Editor"}, "Another role has that name"),
        ({"name": "<b>"}, "Use letters, digits, spaces"),
        ({"name": "x" * 51}, "Use at most 50 characters"),
        ({"name": "new", "owner": "nobody-like-that"}, "Nobody has that username or address"),
    ],
)
def test_a_role_that_cannot_be_made_says_why_and_loses_nothing(
    maya: Operator, editor: UUID, fields: dict[str, str], words: str
) -> None:
    answer = maya.send("/admin/roles/new", {"description": "Kept as it was", **fields})
    assert answer.status_code == 422
    assert words in shown(answer.text)
    assert "There is 1 thing to fix" in answer.text
    assert 'value="Kept as it was"' in answer.text


def test_a_role_gets_another_name_and_owner(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    fields = {"name": "writer", "description": "Writes", "owner": "devon", "is_requestable": "y"}
    assert maya.send(place(editor, "/edit"), fields).status_code == 303
    with portal.reading() as session:
        role = Roles(session).get(editor)
        assert role is not None
        assert (role.name, role.description, role.owner_id, role.is_requestable) == (
            "writer", "Writes", devon.person.id, True,
        )  # fmt: skip
    assert 'value="devon"' in maya.page(place(editor, "/edit"))


def test_an_edit_of_what_changed_meanwhile_is_refused(maya: Operator, editor: UUID) -> None:
    page = maya.page(place(editor, "/edit"))
    seen = hidden(page)["seen"]
    maya.send(place(editor, "/edit"), {"name": "writer"})
    answer = maya.send(place(editor, "/edit"), {"name": "author", "seen": seen})
    assert answer.status_code == 422
    assert "Somebody changed this role after you had opened it" in answer.text
    assert 'value="author"' in answer.text


def test_a_system_role_keeps_its_name(portal: Portal, maya: Operator) -> None:
    with portal.reading() as session:
        role = Roles(session).by_name("auditor")
        assert role is not None
    answer = maya.send(place(role.id, "/edit"), {"name": "watcher"})
    assert answer.status_code == 422
    assert "A system role keeps its name" in answer.text


def test_removing_a_role_says_who_loses_what_first(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    give(portal, devon.person, editor)
    page = preview(maya, place(editor, "/delete"), {}, seen_on=place(editor))
    words = shown(page.text)
    assert "Remove the role “editor”?" in words
    assert "Lose 1 person" in words
    assert role_names(portal, devon.person) == ["editor", "user"]
    answer = carry_on(maya, place(editor, "/delete"), page, "save", seen_on=place(editor))
    assert answer.status_code == 303
    assert role_names(portal, devon.person) == ["user"]
    assert maya.get(place(editor)).status_code == 404


def test_a_system_role_cannot_be_removed(portal: Portal, maya: Operator) -> None:
    with portal.reading() as session:
        role = Roles(session).by_name("user")
        assert role is not None
    assert "/delete" not in maya.page(place(role.id))
    answer = preview(maya, place(role.id, "/delete"), {}, seen_on=place(role.id))
    assert answer.status_code == 422
    assert "part of the portal" in answer.text


def test_an_overview_shows_permissions_groups_apps_and_history(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    new_group(portal, "Press", devon.person, roles=(editor,))
    page = shown(maya.page(place(editor)))
    assert "wiki read update" in page
    assert "Press Until: no end" in page
    assert "It opens no app" in page
    assert "command line" in page.lower()


def test_an_id_of_no_role_is_not_found(maya: Operator) -> None:
    for page in ("", "/permissions", "/members", "/edit", "/delete", f"/permissions/{NOBODYS_ID}/condition"):
        for role_id in (NOBODYS_ID, "0", "%00"):
            assert maya.get(f"/admin/roles/{role_id}{page}").status_code == 404, page


def test_an_auditor_sees_roles_and_is_offered_nothing(audrey: Operator, editor: UUID) -> None:
    for page in ("", "/permissions", "/members"):
        assert 'method="post"' not in audrey.page(place(editor, page)).split("<main")[1]
    assert audrey.get(place(editor, "/edit")).status_code == 403


def test_people_without_a_role_for_it_are_refused(devon: Operator, editor: UUID) -> None:
    for path in ("/admin/roles", place(editor), place(editor, "/permissions")):
        assert devon.get(path).status_code == 403


def test_hostile_words_are_only_text(portal: Portal, maya: Operator, wiki: UUID) -> None:
    for number, words in enumerate(HOSTILE):
        role_id = new_role(portal, f"eve {number}")
        maya.send(place(role_id, "/edit"), {"name": f"eve {number}", "description": words})
        for page in ("", "/permissions", "/members", "/edit"):
            text = maya.page(place(role_id, page))
            assert "<script>alert" not in text
            assert "<img src=x>" not in text


def test_pages_about_roles_cost_few_statements(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    give(portal, devon.person, editor)
    costs = {
        "/admin/roles": 9,
        place(editor): 13,
        place(editor, "/permissions"): 10,
        place(editor, "/members"): 11,
    }
    for path, most in costs.items():
        maya.page(path)
        portal.ports.cache.delete_prefix("admin:")
        with statements(portal.engine) as asked:
            maya.page(path)
        assert len(asked) <= most, (path, asked)
