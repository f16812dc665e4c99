"""Conditions of permissions: what they mean, and that nothing unknown ever permits."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from portal.access.rules.conditions import Context, Facts, Json, evaluate, holds, in_words, problems_of
from tests.access.documents import (
    DOCUMENTS,
    FACTS,
    FALSE,
    LEAVES,
    MONDAY,
    TRUE,
    UNKNOWN,
    VALIDATOR,
    compare,
)

Held = bool | None


@pytest.mark.parametrize(
    ("attribute", "operator", "value", "held"),
    [
        ("subject.department", "equals", "finance", True),
        ("subject.department", "equals", "Finance", False),
        ("subject.department", "not_equals", "sales", True),
        ("subject.email", "equals", "maya@example.ORG", True),
        ("subject.email_domain", "in", ["example.com", "example.org"], True),
        ("subject.email_verified", "equals", True, True),
        ("subject.roles", "contains", "clerk", True),
        ("subject.groups", "contains", "sales", False),
        ("subject.department", "contains", "nan", True),
        ("subject.department", "starts_with", "fin", True),
        ("subject.department", "in", ["sales", "finance"], True),
        ("subject.clearance", "greater", 2, True),
        ("subject.clearance", "less", 3, False),
        ("subject.clearance", "between", [3, 5], True),
        ("subject.clearance", "equals", 3.0, True),
        ("subject.projects", "contains", 7, True),
        ("subject.is_external", "equals", False, True),
        ("subject.contract_end", "greater", "2026-11-23", True),
        ("subject.created_at", "less", "2026-01-01T00:00:00Z", True),
        ("subject.created_at", "between", ["2025-05-01T00:00:00Z", "2025-05-01T00:00:01Z"], True),
        ("resource.type", "equals", "document", True),
        ("resource.department", "equals", {"ref": "subject.department"}, True),
        ("resource.department", "in", {"ref": "subject.groups"}, True),
        ("context.time", "between", ["08:00", "17:00"], True),
        ("context.time", "between", ["08:00", "08:30"], False),
        ("context.time", "between", ["22:00", "09:00"], True),
        ("context.time", "greater", {"ref": "resource.opens"}, True),
        ("context.weekday", "in", ["saturday", "sunday"], False),
        ("context.date", "equals", "2026-11-23", True),
        ("context.date", "between", ["2026-11-01", "2026-11-23"], True),
        ("context.now", "less", "2026-11-23T08:30:00.000001Z", True),
        ("context.ip", "ip_in", ["192.168.0.0/16", "10.0.0.0/8"], True),
        ("context.ip", "ip_in", ["2001:db8::/32"], False),
        ("context.amr", "contains", "otp", True),
        ("context.acr", "in", ["2", "3"], True),
        ("context.auth_age_seconds", "less", 900, True),
        ("context.client", "exists", False, True),
        ("subject.nothing", "exists", True, False),
        ("subject.empty", "exists", True, True),
        # of another kind, or not known: neither true nor false
        ("subject.clearance", "equals", "3", None),
        ("subject.is_external", "equals", 0, None),
        ("subject.projects", "equals", "loom", None),
        ("subject.department", "greater", 3, None),
        ("subject.contract_end", "greater", "2026-11-23T00:00:00Z", None),
        ("subject.clearance", "starts_with", "3", None),
        ("subject.nothing", "equals", "x", None),
        ("subject.department", "equals", {"ref": "resource.owner"}, None),
        ("subject.department", "starts_with", {"ref": "subject.empty"}, None),
        ("subject.department", "contains", {"ref": "subject.empty"}, None),
        ("context.client", "equals", "kestrel", None),
    ],
)
def test_a_comparison_holds_or_not_or_nobody_knows(
    attribute: str, operator: str, value: Json, held: Held
) -> None:
    document = compare(attribute, operator, value)
    assert problems_of(document) == []
    assert VALIDATOR.is_valid(document)
    assert evaluate(document, FACTS).held is held
    turned = evaluate({"not": document}, FACTS)
    assert turned.held is (None if held is None else not held)
    assert holds(document, FACTS) is (held is True)


def test_a_day_begins_where_the_comparison_says() -> None:
    late = Facts(context=Context(now=datetime(2026, 11, 22, 23, 30, tzinfo=UTC)))
    assert holds(compare("context.weekday", "equals", "sunday"), late)
    assert holds(compare("context.weekday", "equals", "monday", timezone="Europe/Berlin"), late)
    assert holds(compare("context.time", "between", ["00:00", "01:00"], timezone="Europe/Berlin"), late)


def test_an_address_of_ipv4_is_itself_however_it_came() -> None:
    mapped = Facts(context=Context(now=MONDAY, ip="::ffff:10.1.2.3"))
    assert holds(compare("context.ip", "ip_in", ["10.0.0.0/8"]), mapped)


@pytest.mark.parametrize(
    ("document", "held"),
    [
        ({"all": [TRUE, TRUE]}, True),
        ({"all": [TRUE, UNKNOWN]}, None),
        ({"all": [UNKNOWN, FALSE]}, False),
        ({"any": [FALSE, TRUE]}, True),
        ({"any": [UNKNOWN, TRUE]}, True),
        ({"any": [FALSE, UNKNOWN]}, None),
        ({"not": FALSE}, True),
        ({"not": UNKNOWN}, None),
        ({"not": {"all": [TRUE, UNKNOWN]}}, None),
        ({"not": {"any": [UNKNOWN, FALSE]}}, None),
        ({"not": {"all": [FALSE, UNKNOWN]}}, True),
    ],
)
def test_what_is_unknown_stays_so_unless_the_rest_decides(document: Json, held: Held) -> None:
    assert evaluate(document, FACTS).held is held
    assert holds(document, FACTS) is (held is True)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "subject",
        {},
        {"all": []},
        {"any": {}},
        {"not": []},
        {"not": {"not": {}}},
        {"attribute": "subject.department", "operator": "equals"},
        {"attribute": "subject.department", "operator": "matches", "value": ".*"},
        {"not": compare("context.time", "exists", value=True, timezone="Nowhere/Else")},
        {"not": {"attribute": ["subject"], "operator": {}, "value": {"ref": 7}}},
        compare("context.ip", "ip_in", ["everywhere"]),
        {"not": compare("context.ip", "ip_in", ["everywhere"])},
    ],
)
def test_a_document_that_nobody_checked_permits_nothing(document: Json) -> None:
    assert problems_of(document)
    assert not holds(document, FACTS)
    assert evaluate(document, FACTS).held is None


@settings(max_examples=600, deadline=None)
@given(document=LEAVES | DOCUMENTS)
def test_the_quick_answer_is_the_one_with_the_trace(document: Json) -> None:
    trace = evaluate(document, FACTS)
    assert holds(document, FACTS) is (trace.held is True)
    if trace.held is not True and not problems_of(document):
        assert any(one.wanted is not None for one in trace.comparisons)
    assert in_words(document)


def test_the_trace_says_what_stood_in_the_way() -> None:
    document = {
        "all": [
            TRUE,
            {"any": [FALSE, compare("context.ip", "ip_in", ["192.168.0.0/16"])]},
            {"not": compare("subject.roles", "contains", "clerk")},
            compare("resource.department", "equals", {"ref": "subject.department"}),
        ]
    }
    told = {one.pointer: one for one in evaluate(document, FACTS).comparisons}
    assert {pointer: one.wanted for pointer, one in told.items() if one.wanted is not None} == {
        "/all/1/any/0": True,
        "/all/1/any/1": True,
        "/all/2/not": False,
    }
    assert (told["/all/1/any/1"].actual, told["/all/1/any/1"].expected) == ("10.1.2.3", ["192.168.0.0/16"])
    assert (told["/all/3"].reference, told["/all/3"].expected) == ("subject.department", "finance")


def test_the_trace_says_why_nothing_is_known() -> None:
    documents = [
        UNKNOWN,
        compare("subject.clearance", "equals", "3"),
        compare("context.acr", "equals", {"ref": "subject.x"}),
        {},
    ]
    assert [evaluate(document, FACTS).comparisons[0].note for document in documents] == [
        "missing",
        "wrong_type",
        "reference_missing",
        "malformed",
    ]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (TRUE, "department is “finance”"),
        (compare("context.time", "between", ["08:00", "17:00"], timezone="Europe/Berlin"),
         "time of day is between “08:00” and “17:00” (Europe/Berlin)"),
        (compare("subject.created_at", "less", "2026-01-01T00:00:00Z"),
         "account since is before “2026-01-01T00:00:00Z”"),
        (compare("subject.email_verified", "equals", True), "email is verified"),
        (compare("context.client", "exists", False), "app is not known"),
        (compare("resource.department", "equals", {"ref": "subject.department"}),
         "department of the resource is the person's department"),
        ({"all": [TRUE, {"any": [FALSE, {"not": UNKNOWN}]}]},
         "department is “finance” and (department is “sales” or not (shoe size is 40))"),
    ],
)  # fmt: skip
def test_conditions_can_be_told(document: Json, words: str) -> None:
    assert in_words(document) == words
