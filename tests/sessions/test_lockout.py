"""Guessing is slowed down exactly, whoever is guessed at, and locks nobody out of their own browser."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.accounts.events import PasswordReset
from portal.infra.actor import SYSTEM
from portal.sessions.models import FailureCount
from portal.sessions.services import forget_stale
from portal.sessions.usecases.sign_in import PasswordAccepted, SignInRefused
from tests.sessions.steps import attempt, begin, enter
from tests.support.crowds import at_once
from tests.support.history import history

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]

MAYA = "maya@example.org"
NOBODY = "nobody@example.org"
SPELLINGS = (MAYA, "MAYA@EXAMPLE.ORG", "maya", " Maya ", "\uff4d\uff41\uff59\uff41", "maya@\uff45xample.org")


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person(MAYA, name="Maya Okafor")


@pytest.mark.usefixtures("maya")
@pytest.mark.parametrize("identifier", [MAYA, NOBODY])
def test_the_tenth_failure_locks_for_half_a_minute(
    portal: Portal, clock: MovableClock, identifier: str
) -> None:
    refused = [attempt(portal, identifier) for _ in range(10)]
    assert refused == [SignInRefused("no_match")] * 9 + [SignInRefused("locked", 30)]
    waiting = attempt(portal, identifier)
    assert isinstance(waiting, SignInRefused)
    assert waiting.why == "locked"
    clock.advance(seconds=31)
    assert attempt(portal, identifier) == SignInRefused("locked", 60)


@pytest.mark.usefixtures("maya")
def test_the_right_password_waits_too_and_then_opens(portal: Portal, clock: MovableClock) -> None:
    for _ in range(10):
        attempt(portal, MAYA)
    refused = attempt(portal, MAYA, right=True)
    assert isinstance(refused, SignInRefused)
    assert refused.why == "locked"
    clock.advance(seconds=31)
    assert isinstance(attempt(portal, MAYA, right=True), PasswordAccepted)
    assert attempt(portal, MAYA) == SignInRefused("no_match")


@pytest.mark.usefixtures("maya")
def test_every_spelling_counts_together(portal: Portal) -> None:
    for number in range(9):
        attempt(portal, SPELLINGS[number % len(SPELLINGS)])
    assert attempt(portal, "MAYA") == SignInRefused("locked", 30)


@pytest.mark.usefixtures("maya")
def test_strangers_who_guess_do_not_lock_out_a_known_browser(portal: Portal) -> None:
    device = enter(portal, MAYA).device_tokens
    for _ in range(20):
        attempt(portal, MAYA)
    assert isinstance(attempt(portal, MAYA, right=True), SignInRefused)
    assert isinstance(attempt(portal, MAYA, right=True, tokens=device), PasswordAccepted)
    assert isinstance(attempt(portal, MAYA, right=True), SignInRefused), "the strangers still wait"


@pytest.mark.usefixtures("maya")
def test_a_known_browser_has_no_more_guesses_than_a_stranger(portal: Portal) -> None:
    device = enter(portal, MAYA).device_tokens
    assert [attempt(portal, MAYA, tokens=device) for _ in range(10)][-1] == SignInRefused("locked", 30)


@pytest.mark.usefixtures("maya")
def test_somebody_elses_known_browser_is_a_stranger_here(portal: Portal, add_person: AddPerson) -> None:
    add_person("noor@example.org")
    device = enter(portal, "noor@example.org").device_tokens
    for _ in range(10):
        attempt(portal, MAYA)
    refused = attempt(portal, MAYA, right=True, tokens=device)
    assert isinstance(refused, SignInRefused)


@pytest.mark.usefixtures("maya")
@pytest.mark.parametrize(("identifier", "guesses"), [(MAYA, 1000), (NOBODY, 200)])
def test_of_a_thousand_guesses_at_once_ten_are_looked_at(
    portal: Portal, identifier: str, guesses: int
) -> None:
    """D2.7: the count is taken before the hash, under the lock of its row. A busy database looks at nothing (503)."""

    def guess(_: int) -> str:
        try:
            return type(begin(portal, identifier)).__name__
        except (OperationalError, PoolTimeout):
            return "unavailable"

    outcomes = Counter(at_once(guesses, guess))
    assert outcomes["PasswordCheck"] == 10
    assert outcomes["SignInRefused"] > outcomes["unavailable"]
    if identifier == MAYA:
        assert isinstance(attempt(portal, MAYA, right=True), SignInRefused)


@pytest.mark.usefixtures("maya")
@pytest.mark.settings(lockout_failures=100)
def test_after_a_hundred_failures_only_a_recovery_opens(
    portal: Portal, maya: User, clock: MovableClock
) -> None:
    for _ in range(99):
        assert attempt(portal, MAYA) == SignInRefused("no_match")
    assert attempt(portal, MAYA) == SignInRefused("exhausted")
    clock.advance(days=40)
    with portal.unit_of_work(SYSTEM) as uow:
        forget_stale(uow)
    assert attempt(portal, MAYA, right=True) == SignInRefused("exhausted")
    with portal.unit_of_work(SYSTEM) as uow:
        uow.publish(PasswordReset(touched=(maya.ref,)))
    assert isinstance(attempt(portal, MAYA, right=True), PasswordAccepted)


@pytest.mark.usefixtures("maya")
def test_the_lockout_is_in_the_log_and_in_the_metrics(portal: Portal) -> None:
    for _ in range(12):
        attempt(portal, MAYA)
    assert [entry.details for entry in history(portal, "user.locked_out")] == [
        {"failures": 10, "seconds": 30, "scope": "any"}
    ]
    counted = portal.ports.metrics.registry
    assert counted.get_sample_value("security_events_total", {"event": "lockout"}) == 1
    assert counted.get_sample_value("sign_ins_total", {"method": "pwd", "outcome": "locked"}) == 2
    assert counted.get_sample_value("sign_ins_total", {"method": "pwd", "outcome": "refused"}) == 10


def test_counts_of_long_ago_are_swept(portal: Portal, clock: MovableClock) -> None:
    attempt(portal, NOBODY)
    clock.advance(days=31)
    with portal.unit_of_work(SYSTEM) as uow:
        forget_stale(uow)
    with portal.reading() as database:
        assert database.scalars(select(FailureCount)).all() == []
