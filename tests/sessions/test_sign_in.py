"""Signing in by password: who gets in, and what each of the refusals tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser
from portal.accounts.services import create_user
from portal.accounts.usecases.manage_users import disable_user
from portal.audit.repository import Entry
from portal.infra.actor import SYSTEM
from portal.infra.crypto.passwords import Verdict
from portal.sessions.usecases.sign_in import (
    PasswordAccepted,
    PasswordCheck,
    SignInRefused,
    finish_password_check,
)
from tests.sessions.steps import RIGHT, VISITOR, attempt, begin, enter, finish
from tests.support.history import history
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from portal.bootstrap import Portal

    AddPerson = Callable[..., User]

MAYA = "maya@example.org"
NOBODY = "nobody@example.org"


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person(MAYA, name="Maya Okafor")


def _entries(portal: Portal) -> list[Entry]:
    return [entry for entry in history(portal) if entry.action.startswith("user.sign")]


@pytest.mark.parametrize("identifier", [MAYA, "MAYA@example.org", "maya", " Maya "])
def test_the_right_password_opens_under_every_spelling(portal: Portal, maya: User, identifier: str) -> None:
    outcome = attempt(portal, identifier, right=True)
    assert isinstance(outcome, PasswordAccepted)
    assert outcome.user.id == maya.id


@pytest.mark.usefixtures("maya")
def test_a_wrong_password_and_an_unknown_person_are_refused_alike(portal: Portal) -> None:
    assert (
        attempt(portal, MAYA)
        == attempt(portal, NOBODY)
        == attempt(portal, "nobody")
        == SignInRefused("no_match")
    )


@pytest.mark.usefixtures("maya")
def test_no_move_costs_other_statements_for_a_stranger(portal: Portal) -> None:
    device = enter(portal, MAYA).device_tokens
    for tokens in ((), device):
        with statements(portal.engine) as known:
            attempt(portal, MAYA, tokens=tokens)
        with statements(portal.engine) as unknown:
            attempt(portal, NOBODY, tokens=tokens)
        assert known == unknown
    for identifier in (MAYA, NOBODY):
        for _ in range(10):
            attempt(portal, identifier)
    with statements(portal.engine) as known:
        locked = attempt(portal, MAYA)
    with statements(portal.engine) as unknown:
        also_locked = attempt(portal, NOBODY)
    assert isinstance(locked, SignInRefused)
    assert isinstance(also_locked, SignInRefused)
    assert locked.why == also_locked.why == "locked"
    assert known == unknown


def test_a_password_is_no_way_in_where_there_is_none(portal: Portal) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        create_user(uow, email=MAYA, name="Maya", password_hash=None, email_verified=True)
    check = begin(portal, MAYA)
    assert isinstance(check, PasswordCheck)
    assert check.password_hash is None
    for guess in ("None", "!", "x"):
        assert not portal.ports.passwords.verify(check.password_hash, guess).matches


def test_a_disabled_account_says_so_to_its_owner_only(portal: Portal, maya: User) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, maya.id, DisableUser(reason="left"))
    assert attempt(portal, MAYA) == SignInRefused("no_match")
    assert attempt(portal, MAYA, right=True) == SignInRefused("disabled")


def test_a_verdict_on_a_password_that_was_just_replaced_counts_for_nothing(
    portal: Portal, maya: User
) -> None:
    check = begin(portal, MAYA)
    assert isinstance(check, PasswordCheck)
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).lock(maya.id)
        assert user is not None
        user.set_password("another hash", at=uow.now)
    assert finish(portal, check, RIGHT) == SignInRefused("no_match")


def test_an_outdated_hash_is_replaced_and_nothing_ends(portal: Portal, maya: User) -> None:
    check = begin(portal, MAYA)
    assert isinstance(check, PasswordCheck)
    with portal.unit_of_work(VISITOR) as uow:
        verdict = Verdict(matches=True, needs_rehash=True)
        outcome = finish_password_check(uow, check, verdict, new_hash="a dearer hash")
    assert isinstance(outcome, PasswordAccepted)
    assert outcome.user.password_hash == "a dearer hash"
    assert outcome.user.security_epoch == maya.security_epoch


def test_no_hash_prints_itself(portal: Portal, maya: User) -> None:
    check = begin(portal, MAYA)
    assert maya.password_hash is not None
    assert maya.password_hash not in repr(check)


def test_the_log_knows_more_than_the_visitor(portal: Portal, maya: User) -> None:
    attempt(portal, MAYA)
    attempt(portal, NOBODY)
    wrong, stranger = _entries(portal)
    assert (wrong.outcome, wrong.reason, wrong.user_id, wrong.ip) == (
        "failure",
        "no_match",
        maya.id,
        "203.0.113.7",
    )
    assert (stranger.user_id, stranger.resource_type, stranger.resource_label) == (None, "identifier", NOBODY)


def test_a_password_typed_as_a_name_is_not_kept(portal: Portal) -> None:
    attempt(portal, "three herons over the quiet weir")
    assert _entries(portal)[0].resource_label == "t…r"
    assert "herons" not in repr(_entries(portal))
