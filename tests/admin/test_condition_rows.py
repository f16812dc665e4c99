"""Conditions as rows of a form: they say what the document says, or the document stays JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.access.rules.conditions import problems_of
from portal.admin.roles.reading import rules_of
from portal.admin.roles.rows import Row, Rules

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


NAMES = ("subject.department", "subject.email", "context.ip", "context.time", "subject.age", "x")
OPERATORS = ("equals", "in", "between", "exists", "greater", "ip_in", "contains", "nonsense", "")
USUAL = ("10.0.0.0/8", "08:00", "true", "42", '"42"', "subject.site")
TEXTS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=12)
ROWS = st.builds(
    Row,
    group=st.integers(0, 2),
    attribute=st.sampled_from(NAMES),
    operator=st.sampled_from(OPERATORS),
    texts=st.lists(TEXTS | st.sampled_from(USUAL), max_size=3).map(tuple),
    is_reference=st.booleans(),
    timezone=st.sampled_from(["", "Europe/Berlin"]),
)  # fmt: skip
RULES = st.builds(
    Rules,
    matches=st.lists(st.sampled_from(["all", "any", "none"]), min_size=3, max_size=3).map(tuple),
    rows=st.lists(ROWS, max_size=6).map(tuple),
)


@given(RULES)
def test_whatever_rows_say_comes_back_as_the_same_rows_or_stays_json(rules: Rules) -> None:
    """A sound document that rows can show is written again just as it was."""
    document = rules.written().document
    if rules.rows and not problems_of(document):
        read = rules_of(document)
        assert read is None or read.written().document == document


@given(RULES)
def test_every_problem_leads_to_a_row_or_a_group(rules: Rules) -> None:
    written = rules.written()
    for problem in problems_of(written.document):
        place = written.row_at(problem.pointer)
        assert place is None or -len(rules.matches) <= place < len(rules.rows)


@pytest.mark.parametrize(
    "document", [OFFICE, FINANCE, HOURS, WEEK, SAME, {"all": [OFFICE, {"any": [WEEK, SAME]}]}]
)
def test_usual_conditions_have_rows(document: dict[str, Any]) -> None:
    rules = rules_of(document)
    assert rules is not None
    assert rules.written().document == document


@pytest.mark.parametrize(
    "document",
    [
        DEEP,
        {"not": {"all": [OFFICE, WEEK]}},
        {"attribute": "subject.site", "operator": "equals", "value": " north "},
    ],
)
def test_what_rows_cannot_say_stays_json(document: dict[str, Any]) -> None:
    assert rules_of(document) is None
