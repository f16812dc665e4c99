"""People who look after one group: they fill it, and the rest of the console is closed to them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.schemas import AddGroupAdministrator, GiveGroupRole
from portal.access.usecases.groups import add_group_administrator
from portal.access.usecases.memberships import give_group_role
from portal.infra.actor import CLI
from tests.admin.conftest import Operator, shown
from tests.admin.holding import (
    carry_on,
    give,
    member_names,
    new_group,
    new_resource,
    new_role,
    preview,
    saved,
)
from tests.admin.test_clients import register

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.admin.conftest import AddPerson, VisitorAs


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
    assert "The groups that you look after" in page
    assert "Press" in page
    assert "Add Maya Okafor to “Press”?" in saved(iris, place(press, "/members"), {"who": "maya"})
    theirs = place(press, f"/members/{maya.person.id}")
    assert "hold editor from 24 Dec 2031" in saved(iris, theirs, {"expires_at": "2031-12-24"})
    assert "Lose hold editor 1 person" in saved(iris, f"{theirs}/remove", {}, seen_on=theirs)
    assert member_names(portal, press) == ["devon"]


def test_who_looks_after_a_group_sees_what_a_membership_brings_before_it_is_saved(
    portal: Portal, iris: Operator, maya: Operator, devon: Operator, press: UUID, editor: UUID
) -> None:
    """Roles and apps of the group, and neither what a role permits nor what somebody has besides."""
    app = register(maya)
    maya.send(f"{app}/access", {"audience": "roles", "group_ids": [str(press)]})
    give(portal, maya.person, editor)
    path = place(press, "/members")
    page = preview(iris, path, {"who": "maya", "expires_at": "2031-12-24"})
    words = shown(page.text)
    assert "Gain hold editor 1 person Maya Okafor" in words
    assert "use Kestrel CI 1 person Maya Okafor" in words
    assert "wiki" not in words
    assert f'href="{path}"' in page.text
    assert f'href="{place(press)}"' not in page.text
    assert member_names(portal, press) == ["devon"]
    back = carry_on(iris, path, page, "back", seen_on=path)
    assert 'value="maya"' in back.text
    assert 'value="2031-12-24"' in back.text

    theirs = place(press, f"/members/{devon.person.id}")
    page = preview(iris, f"{theirs}/remove", {}, seen_on=theirs)
    assert "use Kestrel CI 1 person Devon Reyes" in shown(page.text)
    assert member_names(portal, press) == ["devon"]


def test_a_membership_that_brings_more_than_was_seen_is_looked_at_again(
    portal: Portal, iris: Operator, press: UUID
) -> None:
    path = place(press, "/members")
    page = preview(iris, path, {"who": "iris"})
    proofreader = new_role(portal, "proofreader")
    with portal.unit_of_work(CLI) as uow:
        give_group_role(uow, press, GiveGroupRole(role_id=proofreader))
    late = carry_on(iris, path, page, "save", seen_on=path)
    assert late.status_code == 200
    assert "Look once more" in late.text
    assert "hold proofreader" in shown(late.text)
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
