"""Tokens for scripts: how they are read, how many there may be, and what is remembered of their use."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from portal.accounts.models import User
from portal.grants.errors import TooManyPersonalTokens
from portal.grants.repository.personal_tokens import TokensOfPerson
from portal.grants.schemas import MakePersonalToken
from portal.grants.services.personal_tokens import note_use, read_personal_token, use_is_news
from portal.grants.usecases.personal_tokens import (
    MOST,
    MadePersonalToken,
    revoke_personal_token,
)
from portal.infra.actor import SYSTEM
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.errors import Invalid
from portal.infra.ids import new_id
from tests.grants.personal import WISH, counts, make
from tests.support.statements import statements

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


def test_a_token_is_read_with_its_person_in_one_statement(
    portal: Portal, maya: User, made: MadePersonalToken
) -> None:
    at = portal.ports.clock.now()
    with portal.asking() as asking, statements(portal.engine) as asked:
        standing = read_personal_token(asking, made.text, at=at)
    assert len(asked) == 1
    assert standing is not None
    assert (standing.user.id, standing.user.username) == (maya.id, maya.username)
    assert standing.token.scopes == ["account:read", "users:read"]
    assert made.text.startswith("portal_pat_")


def test_only_a_digest_is_kept(portal: Portal, made: MadePersonalToken) -> None:
    with portal.reading() as session:
        row = repr(tuple(session.execute(text("SELECT * FROM personal_tokens")).one()))
    secret = made.text.rpartition("_")[2]
    assert secret[:20] not in row
    assert made.text not in repr(made)


def test_a_text_that_is_no_token_asks_nothing(portal: Portal, made: MadePersonalToken) -> None:
    mistyped = made.text[:-7] + ("a" if made.text[-7] != "a" else "b") + made.text[-6:]
    with portal.asking() as asking, statements(portal.engine) as asked:
        for wrong in ("", mistyped, made.text.upper(), issue(TokenKind.SESSION, new_id()).token):
            assert read_personal_token(asking, wrong, at=portal.ports.clock.now()) is None
    assert asked == []


def test_another_secret_for_the_same_row_is_refused(portal: Portal, made: MadePersonalToken) -> None:
    assert not counts(portal, issue(TokenKind.PERSONAL, made.token.id).token)
    assert not counts(portal, issue(TokenKind.PERSONAL, new_id()).token)
    assert counts(portal, made.text)


def test_its_use_is_noted_once_a_minute(portal: Portal, made: MadePersonalToken, clock: MovableClock) -> None:
    def use() -> bool:
        at = clock.now()
        with portal.asking() as asking:
            standing = read_personal_token(asking, made.text, at=at)
        assert standing is not None
        is_news = use_is_news(standing, at=at)
        if is_news:
            with portal.unit_of_work(SYSTEM) as uow:
                note_use(uow, standing)
        return is_news

    assert [use(), use()] == [True, False]
    clock.advance(seconds=59)
    assert not use()
    clock.advance(seconds=2)
    assert [use(), use()] == [True, False]


def test_late_news_of_use_never_turn_the_clock_back(
    portal: Portal, made: MadePersonalToken, clock: MovableClock
) -> None:
    with portal.asking() as asking:
        standing = read_personal_token(asking, made.text, at=clock.now())
    assert standing is not None
    early = portal.unit_of_work(SYSTEM)
    clock.advance(minutes=5)
    for unit in (portal.unit_of_work(SYSTEM), early):
        with unit as uow:
            note_use(uow, standing)
    with portal.reading() as session:
        (kept,) = TokensOfPerson(session, made.token.user_id).all(most=9)
    assert kept.last_used_at is not None
    assert kept.last_used_at > early.now


def test_of_those_who_make_the_last_one_at_once_one_does(portal: Portal, maya: User) -> None:
    for _ in range(MOST - 1):
        make(portal, maya)
    refused: list[str] = []
    ready = Barrier(4)

    def insist() -> None:
        ready.wait(5)
        try:
            make(portal, maya)
        except TooManyPersonalTokens as problem:
            refused.append(problem.code)

    threads = [Thread(target=insist) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert refused == ["too_many_personal_tokens"] * 3
    with portal.reading() as session:
        mine = TokensOfPerson(session, maya.id)
        assert mine.count_live(at=portal.ports.clock.now()) == MOST
        first = mine.live(at=portal.ports.clock.now())[0]
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_personal_token(uow, first.id, owner=maya.ref)
    assert counts(portal, make(portal, maya).text)


@pytest.mark.settings(personal_token_days=60)
def test_a_portal_says_how_long_they_may_last(portal: Portal, maya: User) -> None:
    make(portal, maya, WISH.model_copy(update={"days": 60}))
    with pytest.raises(Invalid) as problem:
        make(portal, maya, WISH.model_copy(update={"days": 61}))
    assert problem.value.field == "days"


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 6}, {"days": 366}, {"days": None}, {"scopes": []}, {"scopes": ["openid"]}, {"scopes": ["admin"]},
        {"name": ""}, {"name": "x" * 101}, {"name": "two\nlines"}, {"user_id": "another"}, {"digest": "x"},
    ],
)  # fmt: skip
def test_no_token_is_without_end_purpose_or_name(wrong: dict[str, object]) -> None:
    wish = {"name": "n", "scopes": ["account:read"], "days": 30}
    assert MakePersonalToken.model_validate(wish).days == 30
    with pytest.raises(ValidationError):
        MakePersonalToken.model_validate(wish | wrong)
