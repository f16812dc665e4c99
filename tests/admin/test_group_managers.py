"""People who look after one group: they fill it, and the rest of the console is closed to them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.schemas import AddGroupAdministrator
from portal.access.usecases.groups import add_group_administrator
from portal.infra.actor import CLI
from tests.admin.conftest import Operator, shown
from tests.admin.holding import member_names, new_group, new_resource, new_role

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
