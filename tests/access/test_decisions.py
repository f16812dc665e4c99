"""The resolver against another one that is slow and obvious, over ten thousand random worlds; and what it explains."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.access.rules.conditions import HIDDEN, Context, Json, problems_of
from portal.access.rules.decisions import (
    Compiled,
    Decision,
    Offer,
    Question,
    Reason,
    Subject,
    decide,
    redacted,
)
from tests.access.worlds import (
    ACTIONS,
    NOW,
    RESOURCES,
    World,
    chance_of,
    compiled,
    obvious,
    random_condition,
    random_world,
)

WORLDS_PER_SEED: Final = 20


def ask(world: World, action: str, resource: str, at: datetime = NOW) -> Question:
    attributes: dict[str, Json] = {"department": world.department} if world.department else {}
    return Question(
        subject=Subject(id="u1", label="maya", is_active=world.is_active, attributes=attributes),
        action=action,
        resource=resource,
        context=Context(now=at, ip=world.ip),
        resource_id="r1",
    )


def answer(world: World, action: str = "read", resource: str = "ledger", at: datetime = NOW) -> Decision:
    return decide(ask(world, action, resource, at), compiled(world))


def may(world: World, action: str, resource: str) -> bool:
    question = ask(world, action, resource)
    return compiled(world).permits(question.subject.attributes, action, resource, question.context)


# -------------------------------------------------------------------------------------------------------- properties


@settings(max_examples=500, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_ten_thousand_worlds_are_decided_as_the_obvious_way_does(seed: int) -> None:
    chance = chance_of(seed)
    for _ in range(WORLDS_PER_SEED):
        world = random_world(chance)
        action, resource = chance.choice(ACTIONS), chance.choice(RESOURCES)
        at = NOW + timedelta(minutes=chance.randint(0, 3 * 24 * 60))
        expected = obvious(world, action, resource, at)
        known, question = compiled(world), ask(world, action, resource, at)
        decision = decide(question, known)
        assert decision.permitted is expected, world
        quick = known.permits(question.subject.attributes, action, resource, question.context)
        assert (quick and world.is_active) is expected, world
        assert bool(decision.path) is expected
        assert (decision.reason is Reason.GRANTED) is expected


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_what_is_said_to_change_by_itself_does_so_then_and_not_before(seed: int) -> None:
    chance = chance_of(seed)
    for _ in range(WORLDS_PER_SEED):
        world = random_world(chance)
        action, resource = chance.choice(ACTIONS), chance.choice(RESOURCES)
        decision = answer(world, action, resource)
        until = decision.changes_at or NOW + timedelta(days=8)
        if decision.changes_at is not None:
            assert obvious(world, action, resource, until) is not decision.permitted, world
        span = (until - NOW) / timedelta(microseconds=1)
        for _ in range(10):
            at = NOW + timedelta(microseconds=int(span * chance.random()))
            assert at == until or obvious(world, action, resource, at) is decision.permitted, (world, at)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_nothing_that_is_added_takes_anything_away(seed: int) -> None:
    """Roles and groups without `not` in any condition; permissions with whatever they like."""
    chance = chance_of(seed)
    for _ in range(WORLDS_PER_SEED):
        world = random_world(chance, with_not=False)
        more = replace(
            world,
            given=[*world.given, ("role3", None), ("role1", None)],
            member=[*world.member, ("group2", None)],
            group_roles=[*world.group_roles, ("group2", "role0", None)],
            permissions=[
                *world.permissions,
                ("role2", "ledger", "read", random_condition(chance, 2, with_not=False)),
            ],
        )
        permissive = replace(random_world(chance), permissions=(turned := random_world(chance).permissions))
        extended = replace(permissive, permissions=[*turned, ("role0", "ledger", "admin", None)])
        for action in ACTIONS:
            for resource in RESOURCES:
                assert may(world, action, resource) <= may(more, action, resource)
                assert may(permissive, action, resource) <= may(extended, action, resource)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_every_refusal_that_a_role_of_theirs_could_lift_says_how(seed: int) -> None:
    chance = chance_of(seed)
    for _ in range(WORLDS_PER_SEED):
        world = random_world(chance)
        decision = answer(world, chance.choice(ACTIONS), chance.choice(RESOURCES))
        assert decision.permitted is (not decision.remedies) or decision.reason in {
            Reason.NO_ROLE,
            Reason.UNKNOWN_RESOURCE,
        }
        for remedy in decision.remedies:
            assert remedy.kind != "condition" or remedy.comparisons, world


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_what_is_kept_is_what_was_compiled(seed: int) -> None:
    known = compiled(random_world(chance_of(seed)))
    assert Compiled.from_json(known.to_json()) == known
    decision = answer(random_world(chance_of(seed)))
    assert Decision.from_json(decision.to_json()) == decision


def test_random_conditions_are_ones_that_can_be_saved() -> None:
    chance = chance_of(7)
    assert [problems_of(random_condition(chance, 4, with_not=True)) for _ in range(200)] == [[]] * 200


# ------------------------------------------------------------------------------------------------------ what is told

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
