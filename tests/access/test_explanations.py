"""What the resolver tells: the path, the reason, what would change it, and what a person may read of it themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Final

import pytest

from portal.access.rules.conditions import HIDDEN, Json, problems_of
from portal.access.rules.decisions import Compiled, Offer, Reason, decide, redacted
from tests.access.worlds import NOW, World, answer, ask, compiled

FINANCE_ONLY: Final[dict[str, Json]] = {
    "all": [
        {"attribute": "subject.department", "operator": "equals", "value": "finance"},
        {"attribute": "context.time", "operator": "between", "value": ["09:00", "17:00"]},
    ]
}


def test_the_path_leads_from_the_person_to_the_permission() -> None:
    world = World(
        member=[("finance", NOW + timedelta(days=3))],
        group_roles=[("finance", "clerk", NOW + timedelta(days=2))],
        permissions=[("clerk", "ledger", "admin", None)],
    )
    decision = answer(world)
    assert [(step.kind, step.label) for step in decision.path] == [
        ("user", "maya"),
        ("group", "finance"),
        ("role", "clerk"),
        ("permission", "ledger:admin"),
    ]
    assert decision.changes_at == NOW + timedelta(days=2)


def test_of_several_ways_the_surest_is_told() -> None:
    world = World(
        given=[("clerk", NOW + timedelta(days=1)), ("boss", None)],
        member=[("finance", None)],
        group_roles=[("finance", "clerk", None)],
        permissions=[("clerk", "ledger", "read", None), ("boss", "ledger", "read", FINANCE_ONLY)],
    )
    decision = answer(world)
    assert [step.label for step in decision.path] == ["maya", "finance", "clerk", "ledger:read"]
    assert decision.changes_at is None
    assert [(one.role, one.outcome) for one in decision.considered] == [
        ("clerk", "granted"),
        ("clerk", "granted"),
        ("boss", "not_met"),
    ]


def test_a_refusal_says_which_condition_and_what_would_meet_it() -> None:
    world = World(
        given=[("clerk", None)], permissions=[("clerk", "ledger", "read", FINANCE_ONLY)], department="sales"
    )
    decision = answer(world)
    assert decision.reason is Reason.CONDITION
    (remedy,) = decision.remedies
    assert [(one.attribute, one.actual, one.expected, one.wanted) for one in remedy.comparisons] == [
        ("subject.department", "sales", "finance", True),
        ("context.time", "08:30", ["09:00", "17:00"], True),
    ]
    assert decision.changes_at is None  # the time comes, the department does not


def test_a_refusal_by_the_clock_ends_by_itself() -> None:
    world = World(
        given=[("clerk", None)], permissions=[("clerk", "ledger", "read", FINANCE_ONLY)], department="finance"
    )
    assert answer(world).changes_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    later = answer(world, at=datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert later.permitted
    assert later.changes_at == datetime(2026, 11, 23, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (World(), Reason.NO_ROLE),
        (World(given=[("clerk", NOW)], permissions=[("clerk", "ledger", "read", None)]), Reason.ENDED),
        (
            World(given=[("clerk", None)], permissions=[("clerk", "ledger", "read", None)], is_active=False),
            Reason.INACTIVE,
        ),
        (World(given=[("clerk", None)], permissions=[("clerk", "ledger", "update", None)]), Reason.NO_ROLE),
    ],
)
def test_a_refusal_has_its_reason(world: World, reason: Reason) -> None:
    decision = answer(world)
    assert (decision.permitted, decision.reason, decision.changes_at) == (False, reason, None)


def test_a_refusal_names_the_roles_that_would_do() -> None:
    offers = [
        Offer(role_id="r1", role="clerk", is_requestable=True, is_conditional=False),
        Offer(role_id="r2", role="boss", is_requestable=False, is_conditional=False),
    ]
    decision = decide(ask(World(), "read", "ledger"), Compiled(), offers=offers)
    assert [remedy.role for remedy in decision.remedies] == ["clerk", "boss"]
    assert [remedy.role for remedy in redacted(decision).remedies] == ["clerk"]


def test_an_unknown_resource_is_told_as_such() -> None:
    question = replace(ask(World(), "read", "nowhere"), resource_id=None)
    assert decide(question, Compiled()).reason is Reason.UNKNOWN_RESOURCE


def test_the_redacted_explanation_holds_nothing_of_others() -> None:
    secrets: dict[str, Json] = {
        "all": [
            {"attribute": "subject.email", "operator": "in", "value": ["bob@example.org"]},
            {"attribute": "subject.risk", "operator": "less", "value": 41},
            {"attribute": "resource.owner", "operator": "equals", "value": "project-hydra"},
            {"attribute": "subject.groups", "operator": "contains", "value": "secret-circle"},
            {"attribute": "context.ip", "operator": "ip_in", "value": ["10.66.0.0/16"]},
            {"attribute": "context.time", "operator": "between", "value": ["09:00", "17:00"]},
        ]
    }
    world = World(
        given=[("clerk", None)],
        permissions=[("clerk", "ledger", "read", secrets)],
        owners={"ledger": "project-medusa"},
        ip="192.0.2.1",
    )
    question = ask(world, "read", "ledger")
    subject = replace(question.subject, attributes={"email": "maya@example.org", "risk": 77})
    told = redacted(decide(replace(question, subject=subject), compiled(world)))
    text = str(told.to_json())
    for secret in ("bob@", "41", "77", "project-", "secret-circle", "10.66"):
        assert secret not in text
    for known in ("maya@example.org", "192.0.2.1", "09:00", HIDDEN, "network address"):
        assert known in text


def test_a_long_story_is_cut_and_says_so() -> None:
    world = World(given=[(f"role{n}", None) for n in range(80)])
    world.permissions = [(f"role{n}", "ledger", "read", None) for n in range(80)]
    decision = answer(world)
    assert (len(decision.considered), decision.left_out) == (50, 30)


def test_conditions_without_end_are_looked_at_for_a_bounded_time() -> None:
    """As many turning points as documents can hold, on many permissions at once."""
    days: list[Json] = [f"2027-{month:02}-{day:02}" for month in range(1, 6) for day in range(1, 11)]
    times: list[Json] = [
        {"attribute": "context.time", "operator": "less", "value": f"{hour:02}:{minute:02}"}
        for hour in range(12)
        for minute in (1, 11, 21, 31, 41)
    ]
    document: dict[str, Json] = {
        "all": [{"any": times}, {"attribute": "context.date", "operator": "in", "value": days}]
    }
    assert problems_of(document) == []
    world = World(given=[(f"role{n}", None) for n in range(20)])
    world.permissions = [(f"role{n}", "ledger", "read", document) for n in range(20)]
    started = process_time()
    assert answer(world).changes_at in {None, datetime(2027, 1, 1, tzinfo=UTC)}
    assert process_time() - started < 2
