"""Conditions of permissions in the console: rows that grow by buttons, JSON beside them, nothing lost on an error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from werkzeug.datastructures import MultiDict

from portal.access.rules.conditions import ATTRIBUTES
from portal.access.rules.conditions import Operator as Comparator
from portal.admin.roles.reading import rules_from
from tests.admin.conftest import Operator, shown
from tests.admin.holding import give, hidden, new_resource, new_role, permission_id, permitted

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from portal.bootstrap import Portal

OFFICE = {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8", "192.0.2.0/24"]}
FINANCE = {"attribute": "subject.department", "operator": "equals", "value": "finance"}
HOURS = {
    "attribute": "context.time",
    "operator": "between",
    "value": ["08:00", "18:00"],
    "timezone": "Europe/Berlin",
}
WEEK = {"attribute": "context.weekday", "operator": "in", "value": ["monday", "friday"]}
SAME = {"attribute": "subject.department", "operator": "equals", "value": {"ref": "resource.department"}}
DEEP = {"any": [{"all": [{"not": {"all": [FINANCE, OFFICE]}}, OFFICE]}]}


@pytest.fixture
def role_id(portal: Portal) -> UUID:
    new_resource(portal, "wiki")
    return new_role(portal, "editor", {"wiki:read": None})


@pytest.fixture
def path(portal: Portal, role_id: UUID) -> str:
    return f"/admin/roles/{role_id}/permissions/{permission_id(portal, role_id, 'read')}/condition"


def row(number: int, attribute: str, operator: str, *values: str, group: int = 0) -> dict[str, Any]:
    """The fields of one comparison, as the page has them."""
    return {
        f"attribute-{number}": attribute,
        f"operator-{number}": operator,
        f"value-{number}": list(values),
        f"group-{number}": str(group),
    }


def save(operator: Operator, path: str, fields: dict[str, Any]) -> TestResponse:
    """Both steps; the last answer."""
    page = operator.send(path, {**fields, "step": "preview"})
    assert page.status_code == 200, shown(page.text)
    return operator.send(path, {**hidden(page.text), "step": "save"})


def test_a_condition_grows_row_by_row_and_is_saved(
    portal: Portal, maya: Operator, role_id: UUID, path: str
) -> None:
    page = maya.send(path, {"match-0": "all", "new-0": "context.ip", "do": "add-0"})
    assert 'name="attribute-0" value="context.ip"' in page.text
    one = row(0, "context.ip", "ip_in", "10.0.0.0/8\r\n192.0.2.0/24")
    page = maya.send(path, {"match-0": "all", **one, "new-0": "subject.", "do": "add-0"})
    assert "10.0.0.0/8\n192.0.2.0/24</textarea>" in page.text.replace("\r", "")
    assert 'name="attribute-1" value="subject."' in page.text
    answer = save(maya, path, {"match-0": "any", **one, **row(1, "subject.department", "equals", "finance")})
    assert answer.status_code == 303
    assert permitted(portal, role_id) == {"wiki:read": {"any": [OFFICE, FINANCE]}}
    assert "only if" in shown(maya.page(path))


@pytest.mark.parametrize("attribute", [*ATTRIBUTES, "subject.", "resource.", "", "nonsense"])
def test_every_attribute_has_a_row_with_every_operator(maya: Operator, path: str, attribute: str) -> None:
    page = maya.send(path, {"match-0": "all", "new-0": attribute, "do": "add-0"})
    assert page.status_code == 200
    assert f'name="attribute-0" value="{attribute}"' in page.text
    for operator in Comparator:
        fields = row(0, attribute, operator, "", "")
        assert maya.send(path, {"match-0": "all", **fields, "do": "as-json"}).status_code == 200, operator


def test_groups_come_and_go(maya: Operator, path: str) -> None:
    fields = {"match-0": "all", **row(0, "subject.department", "equals", "finance")}
    page = maya.send(path, {**fields, "do": "add-group"})
    assert 'name="match-1"' in page.text
    fields |= {"match-1": "none", **row(1, "subject.site", "exists", "true", group=1)}
    page = maya.send(path, {**fields, "do": "as-json"})
    assert '"not"' in page.text.replace("&#34;", '"')
    page = maya.send(path, {**fields, "do": "remove-group-1"})
    assert 'name="match-1"' not in page.text
    assert "subject.site" not in page.text.split('id="document"')[0].split("datalist>")[1]
    page = maya.send(path, {**fields, "do": "remove-0"})
    assert 'name="attribute-0" value="subject.site"' in page.text


def test_a_wrong_value_is_said_at_its_row_and_nothing_is_lost(
    portal: Portal, maya: Operator, role_id: UUID, path: str
) -> None:
    fields = {
        "match-0": "any",
        **row(0, "subject.department", "equals", "finance"),
        **row(1, "context.ip", "ip_in", "the office"),
        "match-1": "all",
        **row(2, "context.time", "between", "8", "18:00", group=1),
    }
    answer = maya.send(path, {**fields, "step": "preview"})
    assert answer.status_code == 422
    assert "There are 2 things to fix" in answer.text
    assert '<a href="#attribute-1">A network is written like 10.0.0.0/8' in answer.text
    assert '<a href="#attribute-2">Give a time of day like 08:30 here.' in answer.text
    assert "/any/1/value/0" in answer.text
    for kept in ("finance", "the office", 'value="8"', 'value="18:00"'):
        assert kept in answer.text
    assert permitted(portal, role_id) == {"wiki:read": None}


def test_no_row_is_no_condition(maya: Operator, path: str) -> None:
    answer = maya.send(path, {"match-0": "all", "step": "preview"})
    assert answer.status_code == 422
    assert "Add at least one comparison" in answer.text


def test_json_is_taken_as_it_is_written(portal: Portal, maya: Operator, role_id: UUID, path: str) -> None:
    assert save(maya, path, {"document": json.dumps(DEEP)}).status_code == 303
    assert permitted(portal, role_id) == {"wiki:read": DEEP}
    page = maya.page(path)
    assert "This condition says more than rows can show" in page
    assert "192.0.2.0/24" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "This is no JSON"),
        ("{", "This is no JSON"),
        ("[]", "A condition is an object"),
        ('{"attribute": "context.ip", "operator": "ip_in", "value": ["x"]}', "/value/0"),
        ('{"attribute": "moon.phase", "operator": "equals", "value": 1}', "There is no such attribute"),
        ('{"any": []}', "/any"),
        ("1" * 5000, "This is no JSON"),
        ("17", "A condition is an object"),
        ("[" * 3000, "This is no JSON"),
    ],
)
def test_wrong_json_says_where_and_nothing_is_lost(
    portal: Portal, maya: Operator, role_id: UUID, path: str, text: str, words: str
) -> None:
    answer = maya.send(path, {"document": text, "step": "preview"})
    assert answer.status_code == 422
    assert words in shown(answer.text)
    assert shown(f"<main>{text}") in shown(answer.text)
    assert permitted(portal, role_id) == {"wiki:read": None}


def test_rows_and_json_show_the_same(maya: Operator, path: str) -> None:
    document = {"all": [OFFICE, WEEK, {"not": {"any": [FINANCE, HOURS]}}]}
    page = maya.send(path, {"document": json.dumps(document), "do": "as-rows"})
    fields = {
        "match-0": "all", "match-1": "none",
        **row(0, "context.ip", "ip_in", "10.0.0.0/8\n192.0.2.0/24"),
        **row(1, "context.weekday", "in", "monday", "friday"),
        **row(2, "subject.department", "equals", "finance", group=1),
        **row(3, "context.time", "between", "08:00", "18:00", group=1), "zone-3": "Europe/Berlin",
    }  # fmt: skip
    assert 'value="Europe/Berlin"' in page.text
    assert 'value="monday" checked' in page.text
    assert rules_from(MultiDict(fields)).written().document == document


def test_removing_a_condition_says_who_gains(
    portal: Portal, maya: Operator, devon: Operator, role_id: UUID, path: str
) -> None:
    give(portal, devon.person, role_id)
    save(maya, path, {"document": json.dumps(OFFICE)})
    page = maya.send(path, {"remove": "yes", "step": "preview"})
    assert "Gain 1 person" in shown(page.text)
    assert "under a condition before, always after" in shown(page.text)
    assert maya.send(path, {**hidden(page.text), "step": "save"}).status_code == 303
    assert permitted(portal, role_id) == {"wiki:read": None}


def test_back_from_the_preview_finds_the_rows_again(maya: Operator, path: str) -> None:
    page = maya.send(path, {**row(0, "subject.site", "equals", "north"), "match-0": "all", "step": "preview"})
    back = maya.send(path, {**hidden(page.text), "step": "back"})
    assert 'name="attribute-0" value="subject.site"' in back.text
    assert 'value="north"' in back.text


def test_a_condition_on_what_changed_meanwhile_is_looked_at_again(
    portal: Portal, maya: Operator, role_id: UUID, path: str
) -> None:
    page = maya.send(path, {"document": json.dumps(FINANCE), "step": "preview"})
    save(maya, path, {"document": json.dumps(OFFICE)})
    answer = maya.send(path, {**hidden(page.text), "step": "save"})
    assert answer.status_code == 200
    assert "Somebody changed it after you had opened it" in answer.text
    assert permitted(portal, role_id) == {"wiki:read": OFFICE}


def test_hostile_values_are_only_text(maya: Operator, path: str) -> None:
    fields = row(0, '"><img src=x>', "<script>alert(1)</script>", "</textarea><b>")
    for extra in ({"do": "as-json"}, {"step": "preview"}, {"do": "add-0", "new-0": "'><i>"}):
        text = maya.send(path, {**fields, **extra}).text
        assert "<img src=x>" not in text
        assert "<script>alert" not in text
        assert "</textarea><b>" not in text


def test_an_auditor_reads_a_condition_and_is_offered_no_button(
    portal: Portal, maya: Operator, audrey: Operator, path: str
) -> None:
    save(maya, path, {"document": json.dumps(OFFICE)})
    page = audrey.page(path)
    assert "10.0.0.0/8" in page
    assert 'method="post"' not in page.split("<main")[1]
    assert audrey.browser.post(path, data={}).status_code in {400, 403}
