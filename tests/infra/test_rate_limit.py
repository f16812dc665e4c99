"""Throttles in one process; with Redis they are tested among its outages."""

import threading
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from portal.infra import rate_limit
from portal.infra.rate_limit import (
    EVERYONE,
    SIGN_IN,
    Allowed,
    BoundedMemory,
    Limiter,
    Rule,
    Throttled,
    address_group,
)

RULE = Rule(3, seconds=60)


def passes(limiter: Limiter, subject: str, *, name: str = "sign_in", rule: Rule = RULE) -> bool:
    return isinstance(limiter.hit(name, subject, rule), Allowed)


def test_the_fourth_try_waits_until_the_minute_is_over() -> None:
    limiter = Limiter()
    with time_machine.travel("2030-01-01T12:00:00Z", tick=False) as clock:
        assert [passes(limiter, "192.0.2.1") for _ in range(3)] == [True] * 3
        clock.shift(20)
        assert limiter.hit("sign_in", "192.0.2.1", RULE) == Throttled(40)
        clock.shift(39)
        assert limiter.hit("sign_in", "192.0.2.1", RULE) == Throttled(1)
        clock.shift(2)
        assert passes(limiter, "192.0.2.1")


def test_trying_on_while_throttled_does_not_lengthen_the_wait() -> None:
    limiter = Limiter()
    with time_machine.travel("2030-01-01T12:00:00Z", tick=False) as clock:
        for _ in range(60):
            limiter.hit("sign_in", "192.0.2.1", RULE)
            clock.shift(1)
        assert passes(limiter, "192.0.2.1")


def test_addresses_names_and_everyone_are_counted_apart() -> None:
    limiter = Limiter()
    assert [passes(limiter, "192.0.2.1") for _ in range(4)] == [True] * 3 + [False]
    assert passes(limiter, "192.0.2.2")
    assert passes(limiter, "192.0.2.1", name="sign_up")
    assert [passes(limiter, EVERYONE) for _ in range(4)] == [True] * 3 + [False]


def test_looking_does_not_count() -> None:
    limiter = Limiter()
    for _ in range(10):
        assert limiter.peek("token", "192.0.2.1", RULE) == Allowed()
    for _ in range(3):
        limiter.hit("token", "192.0.2.1", RULE)
    refused = limiter.peek("token", "192.0.2.1", RULE)
    assert isinstance(refused, Throttled)
    assert 58 <= refused.retry_after_seconds <= 60


def test_a_household_of_ipv6_is_one_and_its_neighbour_another() -> None:
    limiter = Limiter()
    tries = [passes(limiter, f"2001:db8:1:2::{number:x}") for number in (1, 2, 0xFFFF, 0xDEAD)]
    assert tries == [True, True, True, False]
    assert passes(limiter, "2001:db8:1:3::1")


def test_an_ipv4_address_in_ipv6_clothes_is_the_same_address() -> None:
    limiter = Limiter()
    tries = [
        passes(limiter, text) for text in ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "192.0.2.1")
    ]
    assert tries == [True, True, True, False]


@given(st.integers(1, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_the_lower_half_of_an_ipv6_address_does_not_matter(upper: int, one: int, other: int) -> None:
    groups = {address_group(str(IPv6Address(upper << 64 | lower))) for lower in (one, other)}
    assert len(groups) == 1
    assert None not in groups


@given(st.text(max_size=300))
def test_any_subject_is_counted(subject: str) -> None:
    limiter = Limiter()
    assert [passes(limiter, subject) for _ in range(4)] == [True] * 3 + [False]


def test_each_of_four_processes_lets_a_quarter_pass_and_never_less_than_one() -> None:
    limiter = Limiter(processes=4)
    assert sum(passes(limiter, "192.0.2.1", rule=Rule(20, seconds=60)) for _ in range(20)) == 5
    assert sum(passes(limiter, "192.0.2.2", rule=Rule(2, seconds=60)) for _ in range(5)) == 1


def test_throttles_that_are_off_count_nothing() -> None:
    limiter = Limiter(is_on=False)
    assert all(passes(limiter, "192.0.2.1") for _ in range(20))


def test_two_hundred_tries_at_once_pass_exactly_as_often_as_allowed() -> None:
    limiter, together = Limiter(), threading.Barrier(40)

    def attempt(_: int) -> int:
        together.wait(timeout=20)
        return sum(passes(limiter, "192.0.2.1", rule=Rule(37, seconds=60)) for _ in range(5))

    with ThreadPoolExecutor(40) as people:
        assert sum(people.map(attempt, range(40))) == 37


def test_a_flood_of_addresses_takes_a_bounded_room_and_starts_no_threads() -> None:
    memory, threads = BoundedMemory(max_subjects=100), threading.active_count()
    for number in range(5_000):
        assert memory.incr(f"address {number}", 60) == 1
    assert len(memory._counters) == 100
    assert threading.active_count() == threads
    assert memory.get("address 0") == 0
    assert memory.get("address 4999") == 1


def test_who_keeps_trying_is_not_forgotten_in_a_flood() -> None:
    memory = BoundedMemory(max_subjects=100)
    for number in range(500):
        memory.incr("the one who tries on", 60)
        memory.incr(f"address {number}", 60)
    assert memory.get("the one who tries on") == 500


def test_a_counter_can_be_cleared_and_all_of_them_too() -> None:
    memory = BoundedMemory()
    for key in ("a", "b"):
        memory.incr(key, 60)
    memory.clear("a")
    assert (memory.get("a"), memory.get("b"), memory.check()) == (0, 1, True)
    assert memory.reset() == 1
    assert memory.get("b") == 0


@pytest.mark.parametrize(
    "name", [name for name, value in vars(rate_limit).items() if isinstance(value, Rule)]
)
def test_the_rules_are_sane(name: str) -> None:
    """`TURNED_AWAY` turns nobody away: it says how often that is written down."""
    rule = getattr(rate_limit, name)
    assert rule.amount >= (1 if name == "TURNED_AWAY" else 10)
    assert 1 <= rule.seconds <= 86_400


def test_an_office_behind_one_address_can_sign_in_in_the_morning() -> None:
    limiter = Limiter(processes=2)
    assert sum(passes(limiter, "192.0.2.1", rule=SIGN_IN) for _ in range(30)) == 30


def test_what_is_left_is_said_of_the_count_that_decides() -> None:
    """Of a share, where a process counts for itself; a program that reads the policy meets no other limit."""
    limiter, rule = Limiter(processes=4), Rule(100, seconds=60)
    limiter.hit("api", "maya", rule)
    left = limiter.left("api", "maya", rule)
    assert (left.amount, left.of) == (24, 25)
    alone = Limiter().left("api", "maya", rule)
    assert (alone.amount, alone.of) == (100, 100)
