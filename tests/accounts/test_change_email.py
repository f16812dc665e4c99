"""Another address for an account: once, for one, and without a nuisance to anybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.accounts.errors import EmailTaken
from portal.accounts.models import MailedToken, User
from portal.accounts.repository import Users
from portal.accounts.schemas import EmailChange
from portal.accounts.services import create_user
from portal.accounts.usecases.change_email import (
    AddressTaken,
    EmailChangeGone,
    ask_email_change,
    confirm_email_change,
)
from portal.infra.actor import SYSTEM
from tests.accounts.steps import PASSWORD, VISITOR, body_of
from tests.support.crowds import at_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.events import EmailChanged, EmailVerified
    from portal.bootstrap import Portal
    from tests.support.post import PostOffice

    Deliver = Callable[[], int]

NEW, DEVON = "maya@meridian.example", "devon@example.org"


@pytest.fixture
def maya(add_person: Callable[..., User]) -> User:
    return add_person("maya@example.org")


@pytest.fixture
def token(portal: Portal, maya: User, deliver: Deliver, post: PostOffice) -> str:
    wish(portal, maya)
    deliver()
    return str(re.findall(r"/account/email/(\w+)", body_of(post.to(NEW)[-1]))[0])


def wish(portal: Portal, person: User, email: str = NEW) -> None:
    with portal.unit_of_work(VISITOR) as uow:
        user = Users(uow.session).get(person.id)
        assert user is not None
        ask_email_change(uow, user, EmailChange(email=email, current_password=PASSWORD))


def test_a_sign_up_and_a_change_that_race_for_an_address_give_it_to_one(
    portal: Portal, token: str, maya: User
) -> None:
    def use(number: int) -> User | EmailChanged | EmailVerified | EmailChangeGone | AddressTaken | None:
        with portal.unit_of_work(SYSTEM) as uow:
            if number % 2:
                return confirm_email_change(uow, token, user_id=maya.id)
            try:
                return create_user(
                    uow, email=NEW.upper(), name="Other", password_hash=None, email_verified=True
                )
            except EmailTaken:
                return None

    outcomes = at_once(20, use)
    winners = [one for one in outcomes if not isinstance(one, EmailChangeGone | AddressTaken | None)]
    assert len(winners) == 1, winners
    with portal.reading() as database:
        owners = [user for user in database.scalars(select(User)) if user.email.lower() == NEW]
    assert len(owners) == 1


def test_nobody_fills_a_strangers_inbox(
    portal: Portal, maya: User, add_person: Callable[..., User], deliver: Deliver, post: PostOffice
) -> None:
    add_person(DEVON)
    for _ in range(8):
        wish(portal, maya, DEVON)
        deliver()
    assert len(post.to(DEVON)) == 5


def test_a_dump_of_the_database_opens_no_link(portal: Portal, token: str) -> None:
    with portal.reading() as database:
        (row,) = database.scalars(select(MailedToken)).all()
    assert token.rpartition("_")[2] not in repr(vars(row))


def test_fifty_uses_of_one_link_move_the_account_once(portal: Portal, token: str, maya: User) -> None:
    def use(_: int) -> bool:
        with portal.unit_of_work(SYSTEM) as uow:
            outcome = confirm_email_change(uow, token, user_id=maya.id)
        return not isinstance(outcome, EmailChangeGone | AddressTaken)

    assert at_once(50, use).count(True) == 1
