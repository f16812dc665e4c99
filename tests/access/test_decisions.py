"""The resolver against another one that is slow and obvious, over ten thousand random worlds; and what it explains."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.access.rules.conditions import problems_of
from portal.access.rules.decisions import (
    Compiled,
    Decision,
    Reason,
    decide,
)
from tests.access.worlds import (
    ACTIONS,
    NOW,
    RESOURCES,
    answer,
    ask,
    chance_of,
    compiled,
    may,
    obvious,
    random_condition,
    random_world,
)

WORLDS_PER_SEED: Final = 20


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
