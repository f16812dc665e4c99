"""Explain: an operator asks the resolver, and reads what it said to somebody it refused."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from portal.access.repository import Resources
from portal.access.schemas import (
    AddMember,
    CreateGroup,
    CreateRole,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
)
from portal.access.usecases.assignments import give_role
from portal.access.usecases.groups import create_group
from portal.access.usecases.memberships import add_member, give_group_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import create_role
from portal.infra.actor import CLI
from tests.admin.conftest import HOSTILE, Operator, shown

if TYPE_CHECKING:
    from uuid import UUID

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

OFFICE_HOURS = {
    "all": [
        {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]},
        {"attribute": "context.time", "operator": "between", "value": ["09:00", "17:00"]},
    ]
}


def role(portal: Portal, name: str, conditions: dict[str, Any] | None = None) -> UUID:
    """It permits reading users, under these conditions."""
    with portal.unit_of_work(CLI) as uow:
        made = create_role(uow, CreateRole(name=name))
        users = Resources(uow.session).by_name("user")
        assert users is not None
        wish = PermissionWish(resource_id=users.id, action="read", conditions=conditions)
        set_permissions(uow, made.id, SetPermissions(permissions=(wish,)))
        return made.id


def asking(**fields: str) -> str:
    given = {"who": "devon", "verb": "read", "resource": "user", **fields}
    return "/admin/explain?" + "&".join(f"{name}={value}" for name, value in given.items())


def reference_of(devon: Operator, path: str = "/admin/users") -> str:
    found = re.search(r"req_[0-9a-f]{20}", devon.get(path).text)
    assert found is not None
    return found[0]


def test_the_answer_is_a_path(portal: Portal, maya: Operator, devon: Operator) -> None:
    reader = role(portal, "reader")
    with portal.unit_of_work(CLI) as uow:
        group = create_group(uow, CreateGroup(name="front desk"))
        give_group_role(uow, group.id, GiveGroupRole(role_id=reader))
        add_member(uow, group.id, AddMember(user_id=devon.person.id))
    page = shown(maya.page(asking()))
    assert "devon may read user" in page
    assert "By the role reader, which the group front desk gives." in page
    assert re.search(r"devon front desk reader user:read", page)


def test_a_no_says_what_was_and_what_was_wanted(portal: Portal, maya: Operator, devon: Operator) -> None:
    reader = role(portal, "reader", OFFICE_HOURS)
    with portal.unit_of_work(CLI) as uow:
        give_role(uow, devon.person.id, GiveRole(role_id=reader))
    page = shown(maya.page(asking(ip="192.0.2.7", at="2026-11-23T08:30")))
    assert "devon may not read user" in page
    assert "network address is in “10.0.0.0/8”" in page
    assert "“192.0.2.7”" in page
    assert "Meet the conditions of the role reader" in page
    assert "Hold the role auditor" in page
    assert "devon may read user" in shown(maya.page(asking(ip="10.7.7.7", at="2026-11-23T09:30")))


def test_it_says_when_the_answer_turns_by_itself(
    portal: Portal, maya: Operator, devon: Operator, clock: MovableClock
) -> None:
    reader = role(portal, "reader")
    with portal.unit_of_work(CLI) as uow:
        give_role(
            uow,
            devon.person.id,
            GiveRole(role_id=reader, expires_at=clock.now() + timedelta(hours=5, minutes=1)),
        )
    page = shown(maya.page(asking()))
    assert "It turns by itself in 5 hours" in page
    assert "the answer is no" in page


def test_the_link_gives_the_same_answer_later(
    portal: Portal, maya: Operator, devon: Operator, clock: MovableClock
) -> None:
    reader = role(portal, "reader")
    with portal.unit_of_work(CLI) as uow:
        give_role(
            uow, devon.person.id, GiveRole(role_id=reader, expires_at=clock.now() + timedelta(minutes=9))
        )
    found = re.search(r'href="(/admin/explain\?[^"]+)"', maya.page(asking()))
    assert found is not None
    clock.advance(minutes=10)
    assert "devon may not" in shown(maya.page(asking()))
    assert "devon may read user" in shown(maya.page(found[1].replace("&amp;", "&")))


def test_what_can_not_be_read_is_said_at_its_field(maya: Operator, devon: Operator) -> None:
    wrong = asking(who="nobody-there", ip="here", at="yesterday", verb="dance", resource="")
    answer = maya.get(wrong)
    assert answer.status_code == 422
    for words in ("Enter an address like", "Enter a moment like", "Choose one of", "Enter a resource"):
        assert words in shown(answer.text)
    nobody = maya.get(asking(who="nobody-there"))
    assert nobody.status_code == 422
    assert "No account has exactly this" in shown(nobody.text)


def test_before_a_question_there_is_only_the_form(maya: Operator) -> None:
    page = shown(maya.page("/admin/explain"))
    assert "There is 1 thing" not in page
    assert "Explain access" in page


def test_nothing_that_is_typed_is_anything_but_text(maya: Operator, devon: Operator) -> None:
    for text in HOSTILE:
        answer = maya.browser.get(
            "/admin/explain", query_string={"who": "devon", "verb": "read", "resource": text}
        )
        assert answer.status_code == 200
        assert text not in answer.text or text in {"{{ 7*7 }}", "{actor}"}


def test_a_reference_opens_what_was_said_then_beside_what_is_said_now(
    portal: Portal, maya: Operator, devon: Operator
) -> None:
    reference = reference_of(devon)
    found = maya.get("/admin/refusals", query_string={"reference": f" {reference} "})
    assert found.headers["Location"] == f"/admin/refusals/{reference}"
    reader = role(portal, "reader")
    with portal.unit_of_work(CLI) as uow:
        give_role(uow, devon.person.id, GiveRole(role_id=reader))
    page = shown(maya.page(f"/admin/refusals/{reference}"))
    then, now = page.split("As of now")
    assert "devon may not read user" in then
    assert "devon may read user" in now
    assert "127.0.0.1" in then


def test_a_reference_that_is_none_leads_nowhere(maya: Operator) -> None:
    for wrong in ("req_nothing", "x" * 200, "..", "%00"):
        assert maya.get(f"/admin/refusals/{wrong}").status_code == 404
    assert maya.get("/admin/refusals").headers["Location"] == "/admin/explain"


def test_the_reasons_are_for_those_who_may_read_them(devon: Operator, audrey: Operator) -> None:
    assert devon.get(asking()).status_code == 403
    reference = reference_of(devon)
    assert devon.get(f"/admin/refusals/{reference}").status_code == 403
    assert audrey.get(f"/admin/refusals/{reference}").status_code == 200
    assert audrey.get(asking()).status_code == 200
