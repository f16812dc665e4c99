"""What can be saved as a condition; what can't, and where the fault is; and the schema that says the same."""

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from portal.access.rules.conditions import (
    BEYOND_SCHEMA,
    MAX_DEPTH,
    MAX_LIST,
    MAX_NODES,
    MAX_TEXT,
    Json,
    condition_schema,
    problems_of,
)
from tests.access.documents import DOCUMENTS, LEAVES, TRUE, VALIDATOR, compare


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
        (compare("context.time", "less", "08:00", timezone="../etc/passwd"), [("/timezone", "not_a_text")]),
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


@settings(max_examples=150, deadline=None)
@given(document=LEAVES | DOCUMENTS)
def test_the_schema_and_the_checker_agree(document: Json) -> None:
    codes = {problem.code for problem in problems_of(document)}
    assert VALIDATOR.is_valid(document) == (not codes - BEYOND_SCHEMA)
