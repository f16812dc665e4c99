"""What tests of conditions hold them against, and every kind of document, good and bad."""

from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from portal.access.rules.conditions import (
    ATTRIBUTES,
    MAX_TEXT,
    OPERATORS,
    Context,
    Facts,
    Json,
    condition_schema,
)

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
