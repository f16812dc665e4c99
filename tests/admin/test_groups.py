"""Groups in the console: their members, the roles that they give, and people who look after just one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.repository import Groups, Roles
from portal.access.schemas import AddGroupAdministrator
from portal.access.usecases.groups import add_group_administrator
from portal.infra.actor import CLI
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.admin.holding import hidden, member_names, new_group, new_resource, new_role, role_names
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.accounts.models import User
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


@pytest.fixture
def iris(portal: Portal, press: UUID, add_person: AddPerson, visitor_as: VisitorAs) -> Operator:
    """Looks after the group, and has no role in the portal."""
    person = add_person("iris@example.org", name="Iris Moreau")
    look_after(portal, press, person)
    return Operator(portal, person, visitor_as(person))


def look_after(portal: Portal, group_id: UUID, person: User) -> None:
    with portal.unit_of_work(CLI) as uow:
        add_group_administrator(uow, group_id, AddGroupAdministrator(user_id=person.id))


def place(group_id: UUID, page: str = "") -> str:
    return f"/admin/groups/{group_id}{page}"


def save(operator: Operator, path: str, fields: dict[str, object], *, seen_on: str) -> str:
    """Both steps of a change; the words of the preview."""
    page = operator.send(path, {**fields, "step": "preview"}, seen_on=seen_on)
    assert page.status_code == 200, shown(page.text)
    answer = operator.send(path, {**hidden(page.text), "step": "save"}, seen_on=seen_on)
    assert answer.status_code == 303
    return shown(page.text)


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
        ({"name": ""}, "Enter your name"),
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


def test_somebody_is_added_until_a_day_and_removed(portal: Portal, maya: Operator, press: UUID) -> None:
    fields = {"who": "MAYA@example.org", "expires_at": "2031-12-24", "reason": "Holiday cover"}
    assert maya.send(place(press, "/members"), fields).status_code == 303
    page = shown(maya.page(place(press, "/members")))
    assert "maya@example.org 24 Dec 2031 Holiday cover Maya Okafor" in page
    assert member_names(portal, press) == ["maya", "devon"]
    theirs = place(press, f"/members/{maya.person.id}")
    assert 'value="2031-12-24"' in maya.page(theirs)
    assert maya.send(theirs, {"expires_at": "", "reason": "Stays"}).status_code == 303
    assert "no end" in shown(maya.page(place(press, "/members")))
    assert maya.send(f"{theirs}/remove", seen_on=theirs).status_code == 303
    assert member_names(portal, press) == ["devon"]
    assert maya.get(theirs).status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"who": ""}, "Enter your username or email"),
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
    maya.send(place(press, "/members"), {"who": "maya", "expires_at": f"{clock.now().year + 1}-06-30"})
    assert "editor" in role_names(portal, maya.person)
    clock.advance(days=800)
    assert "editor" not in role_names(portal, maya.person)
    again = Operator(portal, maya.person, visitor_as(maya.person))
    assert "Ended" in shown(again.page(place(press, "/members")))


def test_giving_a_role_to_a_group_says_who_gains(
    portal: Portal, maya: Operator, devon: Operator, press: UUID
) -> None:
    new_resource(portal, "ledger")
    role_id = new_role(portal, "treasurer", {"ledger:update": None})
    words = save(
        maya,
        place(press, "/roles/new"),
        {"role_id": str(role_id), "reason": "Audit"},
        seen_on=place(press, "/roles/new"),
    )
    assert "Give the role “treasurer” to the group “Press”?" in words
    assert "Gain 1 person" in words
    assert "update ledger 1 person" in words
    assert role_names(portal, devon.person) == ["editor", "treasurer", "user"]


def test_a_role_that_cannot_be_given_to_a_group_says_why(maya: Operator, press: UUID, editor: UUID) -> None:
    path = place(press, "/roles/new")
    for fields, words in (
        ({"role_id": ""}, "Enter your role"),
        ({"role_id": NOBODYS_ID}, "Choose a role from the list"),
        ({"role_id": "x"}, "Check the role"),
        ({"role_id": str(editor), "expires_at": "2001-01-01"}, "Choose an end that is still to come"),
    ):
        answer = maya.send(path, {"reason": "Kept as it was", "step": "preview", **fields})
        assert answer.status_code == 422, fields
        assert words in shown(answer.text)
        assert 'value="Kept as it was"' in answer.text


def test_a_role_of_a_group_gets_an_end_and_is_taken(
    portal: Portal, maya: Operator, devon: Operator, press: UUID, editor: UUID
) -> None:
    path = place(press, f"/roles/{editor}")
    assert maya.send(path, {"expires_at": "2031-12-24"}).status_code == 303
    assert "24 Dec 2031" in shown(maya.page(place(press)))
    words = save(maya, f"{path}/take", {}, seen_on=path)
    assert "Lose 1 person" in words
    assert role_names(portal, devon.person) == ["user"]
    assert maya.get(path).status_code == 404


def test_removing_a_group_says_who_loses_what(
    portal: Portal, maya: Operator, devon: Operator, press: UUID
) -> None:
    words = save(maya, place(press, "/delete"), {}, seen_on=place(press))
    assert "Remove the group “Press”?" in words
    assert "read wiki 1 person" in words
    assert role_names(portal, devon.person) == ["user"]
    assert maya.get(place(press)).status_code == 404


def test_the_last_administrator_does_not_go_with_a_group(
    portal: Portal, maya: Operator, add_person: AddPerson
) -> None:
    """The only administrator left holds the role by a group: it can't be taken from it (SECURITY.md D2.5)."""
    with portal.reading() as session:
        role = Roles(session).by_name("administrator")
        assert role is not None
    group_id = new_group(portal, "Operators", maya.person, roles=(role.id,))
    theirs = f"/admin/users/{maya.person.id}/roles/{role.id}"
    maya.send(f"{theirs}/take", seen_on=theirs)
    assert role_names(portal, maya.person) == ["administrator", "user"]
    answer = maya.send(
        place(group_id, f"/members/{maya.person.id}/remove"),
        seen_on=place(group_id, f"/members/{maya.person.id}"),
    )
    assert answer.status_code == 422
    assert "no active administrator" in shown(answer.text)
    refused = maya.send(place(group_id, "/delete"), {"step": "preview"}, seen_on=place(group_id))
    assert refused.status_code == 422
    assert role_names(portal, maya.person) == ["administrator", "user"]


# ------------------------------------------------------------------------------------------ people who look after one


def test_somebody_is_made_to_look_after_a_group_and_no_more(
    portal: Portal, maya: Operator, devon: Operator, press: UUID
) -> None:
    path = place(press, "/administrators/new")
    wrong = maya.send(path, {"who": "nobody-like-that", "reason": "Team lead"})
    assert wrong.status_code == 422
    assert 'value="Team lead"' in wrong.text
    assert maya.send(path, {"who": "devon", "reason": "Team lead"}).status_code == 303
    assert "Devon Reyes Since" in shown(maya.page(place(press)))
    assert devon.get(place(press, "/members")).status_code == 200
    maya.send(place(press, f"/administrators/{devon.person.id}/remove"), seen_on=place(press))
    assert devon.get(place(press, "/members")).status_code == 403


def test_who_looks_after_a_group_fills_it(
    portal: Portal, iris: Operator, maya: Operator, press: UUID
) -> None:
    page = shown(iris.page("/admin/groups"))
    assert "The ones that you look after" in page
    assert "Press" in page
    assert iris.send(place(press, "/members"), {"who": "maya"}).status_code == 303
    theirs = place(press, f"/members/{maya.person.id}")
    assert iris.send(theirs, {"expires_at": "2031-12-24"}).status_code == 303
    assert iris.send(f"{theirs}/remove", seen_on=theirs).status_code == 303
    assert member_names(portal, press) == ["devon"]


def test_who_looks_after_a_group_reaches_nothing_else(
    portal: Portal, iris: Operator, press: UUID, editor: UUID
) -> None:
    other = new_group(portal, "Archive")
    assert "Archive" not in iris.page("/admin/groups")
    for path in (
        "/admin", "/admin/users", "/admin/roles", "/admin/resources", "/admin/apps", "/admin/audit",
        "/admin/groups/new", place(press), place(press, "/edit"), place(press, "/roles/new"),
        place(press, "/administrators/new"),
        place(press, f"/roles/{editor}"), place(other), place(other, "/members"), f"/admin/roles/{editor}",
        f"/admin/users/{iris.person.id}/roles",
    ):  # fmt: skip
        assert iris.get(path).status_code == 403, path
    page = iris.page(place(press, "/members"))
    for path in (
        "/admin/users",
        "/admin/roles",
        "/admin/resources",
        "/admin/apps",
        "/admin/audit",
        place(press, "/edit"),
    ):
        assert f'href="{path}' not in page, path
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    for path in (place(other, "/members"), place(press, "/delete"), place(press, f"/roles/{editor}/take")):
        assert (
            iris.browser.post(path, data={"csrf_token": token, "who": "iris", "step": "save"}).status_code
            == 403
        )
    assert member_names(portal, other) == []


@pytest.mark.settings(throttles=True)
def test_who_looks_after_a_group_cannot_guess_who_has_an_account(iris: Operator, press: UUID) -> None:
    """Names are matched whole, and only so many an hour (CWE-203)."""
    path = place(press, "/members")
    statuses = [iris.send(path, {"who": f"guess{number}"}).status_code for number in range(62)]
    assert statuses[0] == 422
    assert statuses[-1] == 429
    assert iris.send(path, {"who": "maya"}).status_code == 429


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
