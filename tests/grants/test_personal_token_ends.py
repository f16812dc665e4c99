"""What ends a token for scripts: time, its person, whoever looks after them, and all that ends everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.grants.errors import PersonalTokenNotFound
from portal.grants.repository.personal_tokens import TokensOfPerson
from portal.grants.services.personal_tokens import read_personal_token
from portal.grants.usecases.personal_tokens import (
    MadePersonalToken,
    revoke_personal_token,
    revoke_personal_tokens,
)
from portal.grants.usecases.sweeping import forget_expired
from portal.infra.actor import SYSTEM, Actor
from tests.grants.personal import counts, make
from tests.support.history import history

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person("maya@example.org")


@pytest.fixture
def made(portal: Portal, maya: User) -> MadePersonalToken:
    return make(portal, maya)


def change(portal: Portal, person: User, how: Callable[[User], None]) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).get(person.id)
        assert user is not None
        how(user)


def test_it_ends_on_its_day(portal: Portal, made: MadePersonalToken, clock: MovableClock) -> None:
    with portal.asking() as asking:
        standing = read_personal_token(asking, made.text, at=clock.now())
    assert standing is not None
    assert standing.end_of(at=clock.advance(days=29, hours=23)) is None
    assert counts(portal, made.text)
    assert standing.end_of(at=clock.advance(hours=2)) == "expired"
    assert not counts(portal, made.text)


@pytest.mark.parametrize("how", ["disabled", "new password", "everything ended"])
def test_it_ends_with_the_security_epoch(
    portal: Portal, maya: User, made: MadePersonalToken, how: str
) -> None:
    at = portal.ports.clock.now()
    ends: dict[str, Callable[[User], None]] = {
        "disabled": lambda user: user.disable(reason="left", at=at),
        "new password": lambda user: user.set_password("hash", at=at),
        "everything ended": lambda user: user.end_everything(at=at),
    }
    change(portal, maya, ends[how])
    assert not counts(portal, made.text)
    change(portal, maya, lambda user: user.enable(at=at))
    assert not counts(portal, made.text)


def test_it_goes_with_its_person(portal: Portal, maya: User, made: MadePersonalToken) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("DELETE FROM user_roles"))
        uow.session.execute(text("DELETE FROM users WHERE username = :name"), {"name": maya.username})
    assert not counts(portal, made.text)


def test_revoked_it_counts_no_more_and_the_log_says_so_once(
    portal: Portal, maya: User, made: MadePersonalToken
) -> None:
    other = make(portal, maya)
    for _ in range(2):
        with portal.unit_of_work(Actor(kind="user", id=maya.id, label="maya")) as uow:
            assert revoke_personal_token(uow, made.token.id, owner=maya.ref) == "Nightly report"
    assert not counts(portal, made.text)
    assert counts(portal, other.text)
    created, _, revoked = history(portal, "tokens.personal_made", "tokens.personal_revoked")
    assert created.after_state is not None
    assert created.after_state["scopes"] == ["account:read", "users:read"]
    assert (created.ip, revoked.reason) == ("192.0.2.7", "revoked")
    assert made.text.rpartition("_")[2] not in repr(
        (created.after_state, revoked.before_state, revoked.details)
    )


def test_nobody_reaches_the_token_of_another(
    portal: Portal, made: MadePersonalToken, add_person: AddPerson
) -> None:
    devon = add_person("devon@example.org")
    with pytest.raises(PersonalTokenNotFound), portal.unit_of_work(SYSTEM) as uow:
        revoke_personal_token(uow, made.token.id, owner=devon.ref)
    with portal.reading() as session:
        assert TokensOfPerson(session, devon.id).all(most=9) == []
    assert counts(portal, made.text)


def test_all_of_a_person_end_together(portal: Portal, maya: User, add_person: AddPerson) -> None:
    devon = add_person("devon@example.org")
    mine, theirs = [make(portal, maya) for _ in range(3)], make(portal, devon)
    with portal.unit_of_work(SYSTEM) as uow:
        assert revoke_personal_tokens(uow, owner=maya.ref, reason="signed_out") == 3
    assert [counts(portal, one.text) for one in (*mine, theirs)] == [False, False, False, True]


def test_what_ended_long_ago_is_forgotten(
    portal: Portal, maya: User, made: MadePersonalToken, clock: MovableClock
) -> None:
    clock.advance(days=45)
    young = make(portal, maya)
    for days, left in ((0, 2), (20, 1)):
        clock.advance(days=days)
        with portal.unit_of_work(SYSTEM) as uow:
            forget_expired(uow)
        with portal.reading() as session:
            assert len(TokensOfPerson(session, maya.id).all(most=9)) == left
    assert counts(portal, young.text)
