"""What one person holds, and how operators change it: roles with their path, end and reason; groups; attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.repository import Roles
from portal.accounts.repository import Users
from tests.admin.conftest import HOSTILE, Operator, path_of, shown
from tests.admin.holding import (
    give,
    hidden,
    new_group,
    new_resource,
    new_role,
    role_names,
    saved,
)
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.admin.conftest import VisitorAs
    from tests.support.portals import MovableClock


@pytest.fixture
def editor(portal: Portal) -> UUID:
    new_resource(portal, "wiki")
    return new_role(portal, "editor", {"wiki:read": None})


def roles_of(operator: Operator, page: str = "") -> str:
    return f"{path_of(operator)}/roles{page}"


def attributes_of(portal: Portal, operator: Operator) -> dict[str, object] | None:
    with portal.reading() as session:
        user = Users(session).get(operator.person.id)
        assert user is not None
        return user.attributes


def test_every_path_of_a_role_is_shown(portal: Portal, maya: Operator, devon: Operator, editor: UUID) -> None:
    give(portal, devon.person, editor, until="2031-12-24")
    new_group(portal, "Press", devon.person, roles=(editor,))
    page = shown(maya.page(roles_of(devon)))
    assert "editor directly 24 Dec 2031" in page
    assert "editor through Press no end" in page
    assert "user directly no end default role of new accounts" in page
    assert roles_of(devon) in maya.page(path_of(devon))


def test_an_end_is_changed_and_a_role_taken(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    give(portal, devon.person, editor, until="2031-12-24")
    path = roles_of(devon, f"/{editor}")
    assert 'value="2031-12-24"' in maya.page(path)
    wrong = maya.send(path, {"expires_at": "2001-01-01", "reason": "Kept as it was"})
    assert wrong.status_code == 422
    assert 'value="2001-01-01"' in wrong.text
    words = saved(maya, path, {"expires_at": "", "reason": "Stays"})
    assert f"Move the end of “editor” for {devon.person.display_name}?" in words
    assert "Gain 1 person" in words
    assert "beyond 24 Dec 2031, 23:59:59 UTC" in words
    with portal.reading() as session:
        row = Roles(session).assignment(devon.person.id, editor)
        assert row is not None
        assert (row.expires_at, row.reason) == (None, "Stays")
    words = saved(maya, f"{path}/take", {}, seen_on=path)
    assert "Lose 1 person" in words
    assert role_names(portal, devon.person) == ["user"]
    assert maya.get(path).status_code == 404


def test_an_end_that_moved_meanwhile_is_looked_at_again(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    give(portal, devon.person, editor, until="2031-12-24")
    path = roles_of(devon, f"/{editor}")
    preview = maya.send(path, {"expires_at": "2031-06-30", "step": "preview"})
    assert "from 30 Jun 2031, 23:59:59 UTC on, instead of 24 Dec 2031, 23:59:59 UTC" in shown(preview.text)
    saved(maya, path, {"expires_at": ""})
    late = maya.send(path, {**hidden(preview.text), "step": "save"})
    assert late.status_code == 200
    assert "Look once more" in late.text
    with portal.reading() as session:
        row = Roles(session).assignment(devon.person.id, editor)
        assert row is not None
        assert row.expires_at is None
    back = maya.send(f"{path}/take", {"step": "back"}, seen_on=path)
    assert f'method="post" action="{path}"' in back.text


def test_what_has_ended_is_told_apart(
    portal: Portal, clock: MovableClock, maya: Operator, devon: Operator, editor: UUID, visitor_as: VisitorAs
) -> None:
    give(portal, devon.person, editor, until=f"{clock.now().year + 1}-06-30")
    clock.advance(days=800)
    again = Operator(portal, maya.person, visitor_as(maya.person))
    page = shown(again.page(roles_of(devon)))
    assert "Given by name, and over by itself editor Ended" in page


def test_the_last_administrator_keeps_the_role_and_reads_why(portal: Portal, maya: Operator) -> None:
    """Neither taken nor given an end (SECURITY.md D2.5)."""
    with portal.reading() as session:
        role = Roles(session).by_name("administrator")
        assert role is not None
    path = roles_of(maya, f"/{role.id}")
    for answer in (maya.send(path, {"expires_at": "2031-12-24"}), maya.send(f"{path}/take", seen_on=path)):
        assert answer.status_code == 422
        assert "no active administrator with a password would remain" in shown(answer.text)
    assert role_names(portal, maya.person) == ["administrator", "user"]


def test_attributes_are_noted_as_json(portal: Portal, maya: Operator, devon: Operator) -> None:
    path = f"{path_of(devon)}/attributes"
    assert maya.send(path, {"attributes": '{"department": "finance", "level": 3}'}).status_code == 303
    assert attributes_of(portal, devon) == {"department": "finance", "level": 3}
    assert "department finance level 3" in shown(maya.page(roles_of(devon)))
    assert "finance" in maya.page(path)
    assert maya.send(path, {"attributes": ""}).status_code == 303
    assert not attributes_of(portal, devon)


@pytest.mark.parametrize(
    "text", ["{", "[]", "finance", '{"Department": 1}', '{"a": {"b": 1}}', '{"a": "' + "x" * 400 + '"}']
)
def test_attributes_that_cannot_be_noted_say_why_and_lose_nothing(
    portal: Portal, maya: Operator, devon: Operator, text: str
) -> None:
    answer = maya.send(f"{path_of(devon)}/attributes", {"attributes": text})
    assert answer.status_code == 422
    assert "There is 1 thing to fix" in answer.text
    assert shown(f"<main>{text}") in shown(answer.text)
    assert not attributes_of(portal, devon)


def test_attributes_that_changed_meanwhile_are_not_overwritten(
    portal: Portal, maya: Operator, devon: Operator
) -> None:
    path = f"{path_of(devon)}/attributes"
    seen = hidden(maya.page(path))["version"]
    maya.send(path, {"attributes": '{"site": "north"}', "version": seen})
    late = maya.send(path, {"attributes": '{"site": "south"}', "version": seen})
    assert late.status_code == 422
    assert "Somebody changed this person" in late.text
    assert attributes_of(portal, devon) == {"site": "north"}


def test_an_id_of_nobody_is_not_found(maya: Operator, devon: Operator) -> None:
    for path in (
        f"/admin/users/{NOBODYS_ID}/roles",
        f"/admin/users/{NOBODYS_ID}/attributes",
        roles_of(devon, f"/{NOBODYS_ID}"),
    ):
        assert maya.get(path).status_code == 404, path


def test_an_auditor_sees_what_people_hold_and_is_offered_nothing(
    audrey: Operator, devon: Operator, editor: UUID
) -> None:
    assert 'method="post"' not in audrey.page(roles_of(devon)).split("<main")[1]
    assert audrey.get(roles_of(devon, f"/{editor}")).status_code == 403
    assert audrey.get(f"{path_of(devon)}/attributes").status_code == 403
    assert devon.get(roles_of(devon)).status_code == 403


def test_hostile_reasons_are_only_text(portal: Portal, maya: Operator, devon: Operator, editor: UUID) -> None:
    for words in HOSTILE:
        saved(maya, roles_of(devon), {"role_id": str(editor), "reason": words, "expires_at": "2031-12-24"})
        for page in (roles_of(devon), roles_of(devon, f"/{editor}")):
            text = maya.page(page)
            assert "<script>alert" not in text
            assert "<img src=x>" not in text


def test_the_page_costs_few_statements(portal: Portal, maya: Operator, devon: Operator, editor: UUID) -> None:
    give(portal, devon.person, editor)
    maya.page(roles_of(devon))
    portal.ports.cache.delete_prefix("admin:")
    with statements(portal.engine) as asked:
        maya.page(roles_of(devon))
    assert len(asked) <= 11, asked
