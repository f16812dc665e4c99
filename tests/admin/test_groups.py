"""Groups in the console: their members, the roles that they give, and people who look after just one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.repository import Groups
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.admin.holding import (
    hidden,
    member_names,
    new_group,
    new_resource,
    new_role,
    permit,
    role_names,
    saved,
)
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.admin.conftest import AddPerson, VisitorAs
    from tests.support.portals import MovableClock


@pytest.fixture
def editor(portal: Portal) -> UUID:
    new_resource(portal, "wiki")
    return new_role(portal, "editor", {"wiki:read": None})


@pytest.fixture
def press(portal: Portal, devon: Operator, editor: UUID) -> UUID:
    return new_group(portal, "Press", devon.person, roles=(editor,))


def place(group_id: UUID, page: str = "") -> str:
    return f"/admin/groups/{group_id}{page}"


def test_groups_are_listed_with_members_and_roles(portal: Portal, maya: Operator, press: UUID) -> None:
    new_group(portal, "Archive")
    page = shown(maya.page("/admin/groups"))
    assert page.index("Archive") < page.index("Press")
    assert "Press 1 person editor" in page
    assert "Archive nobody none" in page
    assert "No groups match" in maya.page("/admin/groups?q=nothing-like-that")


def test_a_new_group_is_there(portal: Portal, maya: Operator) -> None:
    answer = maya.send("/admin/groups/new", {"name": "On call", "description": "This week"})
    assert answer.status_code == 303
    page = shown(maya.page(answer.headers["Location"]))
    assert "The group On call is there" in page
    assert "This week" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "pRESS"}, "Another group has that name"),
        ({"name": "x" * 101}, "Use at most 100 characters"),
    ],
)
def test_a_group_that_cannot_be_made_says_why_and_loses_nothing(
    maya: Operator, press: UUID, fields: dict[str, str], words: str
) -> None:
    answer = maya.send("/admin/groups/new", {"description": "Kept as it was", **fields})
    assert answer.status_code == 422
    assert words in shown(answer.text)
    assert 'value="Kept as it was"' in answer.text


def test_a_group_is_renamed_unless_somebody_was_quicker(portal: Portal, maya: Operator, press: UUID) -> None:
    seen = hidden(maya.page(place(press, "/edit")))["seen"]
    assert maya.send(place(press, "/edit"), {"name": "Newsroom", "seen": seen}).status_code == 303
    late = maya.send(place(press, "/edit"), {"name": "Office", "seen": seen})
    assert late.status_code == 422
    assert "Somebody changed this group" in late.text
    with portal.reading() as session:
        group = Groups(session).get(press)
        assert group is not None
        assert group.name == "Newsroom"


def test_another_name_that_a_condition_asks_for_is_looked_at_first(
    portal: Portal, maya: Operator, devon: Operator, press: UUID, editor: UUID
) -> None:
    inside = {"attribute": "subject.groups", "operator": "contains", "value": "Press"}
    permit(portal, editor, {"wiki:read": inside})
    path = place(press, "/edit")
    seen = hidden(maya.page(path))["seen"]
    words = saved(maya, path, {"name": "Newsroom", "seen": seen})
    assert "Call the group “Press” “Newsroom”?" in words
    assert "read wiki under another condition than before 1 person Devon Reyes" in words
    with portal.reading() as session:
        group = Groups(session).get(press)
        assert group is not None
        assert group.name == "Newsroom"
    assert maya.send(path, {"name": "Office"}).status_code == 303


def test_somebody_is_added_until_a_day_and_removed(portal: Portal, maya: Operator, press: UUID) -> None:
    fields = {"who": "MAYA@example.org", "expires_at": "2031-12-24", "reason": "Holiday cover"}
    words = saved(maya, place(press, "/members"), fields)
    assert "Add Maya Okafor to “Press”?" in words
    assert "Gain read wiki 1 person Maya Okafor" in words
    page = shown(maya.page(place(press, "/members")))
    assert "maya@example.org 24 Dec 2031 Holiday cover Maya Okafor" in page
    assert member_names(portal, press) == ["maya", "devon"]
    theirs = place(press, f"/members/{maya.person.id}")
    assert 'value="2031-12-24"' in maya.page(theirs)
    words = saved(maya, theirs, {"expires_at": "", "reason": "Stays"})
    assert "Move the end of the membership of Maya Okafor in “Press”?" in words
    assert "read wiki beyond 24 Dec 2031, 23:59:59 UTC" in words
    assert "no end" in shown(maya.page(place(press, "/members")))
    refused = maya.send(f"{theirs}/remove", {"step": "back"}, seen_on=theirs)
    assert f'action="{theirs}"' in refused.text, "the form on it moves the end, wherever it is shown"
    assert "Lose 1 person" in saved(maya, f"{theirs}/remove", {}, seen_on=theirs)
    assert member_names(portal, press) == ["devon"]
    assert maya.get(theirs).status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"who": ""}, "Enter a username or email"),
        ({"who": "nobody-like-that"}, "No account has exactly this username"),
        ({"who": "maya", "expires_at": "soon"}, "Enter a day like 2031-12-24"),
        ({"who": "maya", "expires_at": "2001-01-01"}, "Choose an end that is still to come"),
    ],
)
def test_a_member_that_cannot_be_added_says_why_and_loses_nothing(
    portal: Portal, maya: Operator, press: UUID, fields: dict[str, str], words: str
) -> None:
    answer = maya.send(place(press, "/members"), {"reason": "Kept as it was", **fields})
    assert answer.status_code == 422
    assert words in shown(answer.text)
    for value in ("Kept as it was", *fields.values()):
        assert f'value="{value}"' in answer.text
    assert member_names(portal, press) == ["devon"]


def test_members_have_pages_and_a_search(
    portal: Portal, maya: Operator, add_person: AddPerson, editor: UUID
) -> None:
    people = [add_person(f"person{number:02}@example.org") for number in range(30)]
    group_id = new_group(portal, "Crowd", *people)
    first = maya.page(place(group_id, "/members"))
    assert "person29@" in first
    assert "person04@" not in first
    following = first.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "person04@" in maya.page(following)
    found = maya.page(place(group_id, "/members?q=person17"))
    assert "person17@" in found
    assert "person18@" not in found


def test_a_membership_ends_by_itself(
    portal: Portal,
    clock: MovableClock,
    maya: Operator,
    press: UUID,
    add_person: AddPerson,
    visitor_as: VisitorAs,
) -> None:
    saved(maya, place(press, "/members"), {"who": "maya", "expires_at": f"{clock.now().year + 1}-06-30"})
    assert "editor" in role_names(portal, maya.person)
    clock.advance(days=800)
    assert "editor" not in role_names(portal, maya.person)
    again = Operator(portal, maya.person, visitor_as(maya.person))
    assert "Ended" in shown(again.page(place(press, "/members")))


def test_an_id_of_no_group_is_not_found(maya: Operator) -> None:
    for page in (
        "",
        "/members",
        "/edit",
        "/delete",
        "/roles/new",
        "/administrators/new",
        f"/members/{NOBODYS_ID}",
    ):
        for group_id in (NOBODYS_ID, "0"):
            assert maya.get(f"/admin/groups/{group_id}{page}").status_code == 404, page


def test_an_auditor_sees_groups_and_is_offered_nothing(audrey: Operator, press: UUID) -> None:
    for page in ("", "/members"):
        assert 'method="post"' not in audrey.page(place(press, page)).split("<main")[1]
    assert audrey.get(place(press, "/edit")).status_code == 403
    assert audrey.get(place(press, f"/members/{audrey.person.id}")).status_code == 403


def test_hostile_names_of_groups_are_only_text(portal: Portal, maya: Operator, devon: Operator) -> None:
    for words in HOSTILE:
        group_id = new_group(portal, words, devon.person)
        for page in ("", "/members", "/edit", "/roles/new", f"/members/{devon.person.id}"):
            text = maya.page(place(group_id, page))
            assert "<script>alert" not in text
            assert "<img src=x>" not in text


def test_pages_about_groups_cost_few_statements(portal: Portal, maya: Operator, press: UUID) -> None:
    for path, most in {"/admin/groups": 8, place(press): 12, place(press, "/members"): 10}.items():
        maya.page(path)
        portal.ports.cache.delete_prefix("admin:")
        with statements(portal.engine) as asked:
            maya.page(path)
        assert len(asked) <= most, (path, asked)
