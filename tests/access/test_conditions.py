"""Conditions of permissions: what can be saved, what it means, and that nothing unknown ever permits."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from portal.access.rules.conditions import (
    ATTRIBUTES,
    BEYOND_SCHEMA,
    MAX_DEPTH,
    MAX_LIST,
    MAX_NODES,
    MAX_TEXT,
    OPERATORS,
    Context,
    Facts,
    Json,
    condition_schema,
    evaluate,
    holds,
    in_words,
    problems_of,
    turning_points,
)

Held = bool | None

MONDAY: Final = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
VALIDATOR: Final = Draft202012Validator(condition_schema("https://portal.example/conditions.schema.json"))

FACTS: Final = Facts(
    subject={
        "id": "u1",
        "username": "maya",
        "email": "Maya@Example.org",
        "email_domain": "example.org",
        "email_verified": True,
        "created_at": datetime(2025, 5, 1, tzinfo=UTC),
        "roles": ["user", "clerk"],
        "groups": ["finance"],
        "department": "finance",
        "clearance": 3,
        "is_external": False,
        "contract_end": "2026-12-31",
        "projects": ["loom", 7],
        "nothing": None,
        "empty": "",
    },
    resource={"name": "ledger", "type": "document", "department": "finance", "opens": "08:00"},
    context=Context(
        now=MONDAY,
        ip="10.1.2.3",
        amr=("pwd", "otp"),
        acr="2",
        auth_time=MONDAY - timedelta(minutes=10),
    ),
)


def compare(attribute: str, operator: str, value: Json, **more: str) -> dict[str, Json]:
    return {"attribute": attribute, "operator": operator, "value": value, **more}


TRUE: Final = compare("subject.department", "equals", "finance")
FALSE: Final = compare("subject.department", "equals", "sales")
UNKNOWN: Final = compare("subject.shoe_size", "equals", 40)


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


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ({"all": [TRUE, compare("subject.department", "matches", ".*")]}, [("/all/1/operator", "unknown_operator")]),
        ({"not": compare("context.colour", "equals", "red")}, [("/not/attribute", "unknown_attribute")]),
        (compare("subject.department.name", "equals", "x"), [("/attribute", "unknown_attribute")]),
        (compare("subject.", "equals", "x"), [("/attribute", "unknown_attribute")]),
        (compare("context.ip", "ip_in", ["10.0.0.0/8", "10.0.0.1/8"]), [("/value/1", "network_unknown")]),
        (compare("context.ip", "ip_in", "10.0.0.0/8"), [("/value", "not_a_list")]),
        (compare("context.time", "between", ["8:00", "17:00"]), [("/value/0", "wrong_type")]),
        (compare("context.date", "equals", "2026-02-30"), [("/value", "date_impossible")]),
        (compare("context.now", "less", "2026-11-23T08:30:00"), [("/value", "wrong_type")]),
        (compare("context.time", "less", "08:00", timezone="Berlin"), [("/timezone", "timezone_unknown")]),
        (compare("context.time", "less", "08:00", timezone="../etc/passwd"), [("/timezone", "timezone_unknown")]),
        (compare("subject.department", "equals", "x", timezone="UTC"), [("/timezone", "unexpected")]),
        (compare("subject.clearance", "between", [5, 3]), [("/value", "order")]),
        (compare("subject.clearance", "between", [5, "2026-01-01"]), [("/value", "mixed")]),
        (compare("subject.clearance", "between", [1, 2, 3]), [("/value", "not_a_pair")]),
        (compare("subject.department", "equals", "x" * (MAX_TEXT + 1)), [("/value", "wrong_type")]),
        (compare("subject.department", "equals", "\x00"), [("/value", "text_unusable")]),
        (compare("subject.department", "in", []), [("/value", "not_a_list")]),
        (compare("subject.department", "in", ["x"] * (MAX_LIST + 1)), [("/value", "not_a_list")]),
        (compare("subject.clearance", "equals", 2.0**60), [("/value", "wrong_type")]),
        (compare("subject.clearance", "equals", float("nan")), [("/value", "wrong_type")]),
        (compare("subject.email_verified", "equals", 1), [("/value", "wrong_type")]),
        (compare("subject.roles", "equals", "clerk"), [("/operator", "unknown_operator")]),
        (compare("context.acr", "equals", {"ref": "context.amr"}), [("/value/ref", "ref_kind")]),
        (compare("context.acr", "equals", {"ref": "context.colour"}), [("/value/ref", "unknown_attribute")]),
        (compare("context.acr", "equals", {"ref": "subject.x", "or": 1}), [("/value", "not_a_ref")]),
        (compare("context.ip", "ip_in", {"ref": "subject.networks"}), [("/value", "ref_not_taken")]),
        ({"all": [TRUE], "any": [TRUE]}, [("/any", "unexpected")]),
        ({**TRUE, "a/b~c": 1}, [("/a~1b~0c", "unexpected")]),
        ({"operator": "equals", "value": 1}, [("", "missing")]),
        ({"all": [TRUE, 7]}, [("/all/1", "not_an_object")]),
        ({"all": TRUE}, [("/all", "not_a_list")]),
    ],
)  # fmt: skip
def test_a_problem_points_to_its_place(document: Json, problems: list[tuple[str, str]]) -> None:
    assert [(problem.pointer, problem.code) for problem in problems_of(document)] == problems


def nested(depth: int) -> Json:
    document: Json = TRUE
    for _ in range(depth - 1):
        document = {"not": document}
    return document


def test_conditions_are_bounded() -> None:
    assert problems_of(nested(MAX_DEPTH)) == []
    assert [problem.code for problem in problems_of(nested(MAX_DEPTH + 1))] == ["too_deep"]
    assert not VALIDATOR.is_valid(nested(MAX_DEPTH + 1))
    assert problems_of({"all": [TRUE] * (MAX_NODES - 1)}) == []
    assert [problem.code for problem in problems_of({"all": [TRUE] * MAX_NODES})] == ["too_many"]
    assert [problem.code for problem in problems_of({"any": [{"all": [TRUE] * 40}] * 40})] == ["too_many"]
    assert len(problems_of(nested(100_000 // 200))) == 1


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(condition_schema("https://portal.example/x"))


TEXTS: Final = [
    "finance",
    "10.0.0.0/8",
    "08:30",
    "2026-11-23",
    "2026-11-23T08:30:00Z",
    "monday",
    "",
    "x" * (MAX_TEXT + 1),
]
SCALARS: Final[st.SearchStrategy[Json]] = st.one_of(
    st.sampled_from(TEXTS), st.integers(-5, 5), st.booleans(), st.none(), st.floats(-1, 1)
)
REFERENCES: Final = st.sampled_from([*ATTRIBUTES, "subject.department", "context.x", "x"])
VALUES: Final[st.SearchStrategy[Json]] = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=3), st.fixed_dictionaries({"ref": REFERENCES})
)

NAMES: Final = st.sampled_from(
    [*ATTRIBUTES, "subject.department", "resource.owner", "context.colour", "subject.", "x"]
)
ANY_OPERATOR: Final = st.sampled_from(
    [*sorted({one for many in OPERATORS.values() for one in many}), "matches"]
)
LEAVES: Final = st.fixed_dictionaries(
    {"attribute": NAMES, "operator": ANY_OPERATOR, "value": VALUES},
    optional={"timezone": st.sampled_from(["UTC", "Europe/Berlin", "nowhere", 3])},
)
DOCUMENTS: Final = st.recursive(
    LEAVES | st.sampled_from([TRUE, FALSE, UNKNOWN]),
    lambda inner: (
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"any": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"not": inner})
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(document=LEAVES | DOCUMENTS)
def test_the_schema_and_the_checker_agree(document: Json) -> None:
    codes = {problem.code for problem in problems_of(document)}
    assert VALIDATOR.is_valid(document) == (not codes - BEYOND_SCHEMA)


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


@pytest.mark.parametrize(
    "document",
    [
        compare("context.time", "between", ["22:00", "05:30"], timezone="Europe/Berlin"),
        compare("context.time", "greater", "18:00"),
        compare("context.weekday", "in", ["saturday", "sunday"], timezone="Asia/Kolkata"),
        compare("context.date", "between", ["2026-11-24", "2026-11-26"], timezone="America/New_York"),
        compare("context.date", "less", {"ref": "subject.until"}),
        compare("context.now", "less", "2026-11-24T10:00:00Z"),
        compare("context.auth_age_seconds", "less", 3600),
        {
            "not": {
                "all": [
                    compare("context.weekday", "equals", "tuesday"),
                    compare("context.time", "less", "09:00"),
                ]
            }
        },
    ],
)
def test_between_two_turning_points_nothing_changes(document: Json) -> None:
    """Looked at every ten minutes for eight days, the answer differs only after one of them."""

    def facts(now: datetime) -> Facts:
        return Facts(context=Context(now=now, auth_time=MONDAY), subject={"until": "2026-11-25"})

    points = turning_points(document, facts(MONDAY)).after(MONDAY, days=8)
    at, held, seen = MONDAY, holds(document, facts(MONDAY)), 0
    for minutes in range(10, 8 * 24 * 60, 10):
        later = MONDAY + timedelta(minutes=minutes)
        answer = holds(document, facts(later))
        if answer is not held:
            turns = [point for point in points if at < point <= later]
            assert any(holds(document, facts(point)) is answer for point in turns)
            seen += 1
        at, held = later, answer
    assert seen


def test_a_time_of_day_is_one_of_the_zone_on_that_day() -> None:
    """The day on which summer time ends has its nine o'clock an hour later."""
    document = compare("context.time", "greater", "09:00", timezone="Europe/Berlin")
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    points = turning_points(document, Facts(context=Context(now=start))).after(start, days=1)
    assert datetime.combine(start.date() + timedelta(days=1), time(8), UTC) in points
