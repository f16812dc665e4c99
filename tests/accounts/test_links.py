"""Proving an address by the mailed link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.accounts.repository import Users
from portal.accounts.usecases.sign_up import MailAgain, NoMailAgain, send_code_again
from portal.accounts.usecases.verify_email import (
    AlreadyRegistered,
    LinkOpened,
    ProofRefused,
    SignUpFinished,
    SignUpGone,
    open_link,
    take_password_try,
)
from tests.accounts.steps import (
    ELSEWHERE,
    HERE,
    VISITOR,
    begin,
    click,
    code_in,
    enter,
    now,
    token_in,
)
from tests.support.crowds import at_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

    Deliver = Callable[[], int]

MAYA = "maya@example.org"


def _again(portal: Portal) -> MailAgain | NoMailAgain:
    with portal.unit_of_work(VISITOR) as uow:
        return send_code_again(uow, browser_digest=HERE)


def test_a_new_mail_replaces_code_and_link(
    portal: Portal, deliver: Deliver, post: PostOffice, clock: MovableClock
) -> None:
    begin(portal)
    deliver()
    clock.advance(seconds=31)
    assert _again(portal) == MailAgain()
    deliver()
    old, new = post.to(MAYA)
    assert isinstance(click(portal, token_in(old)), SignUpGone)
    assert isinstance(enter(portal, code_in(old)), ProofRefused)
    assert isinstance(enter(portal, code_in(new)), SignUpFinished)


def test_the_link_is_enough_in_the_browser_that_signed_up(
    portal: Portal, deliver: Deliver, post: PostOffice
) -> None:
    begin(portal)
    deliver()
    assert isinstance(click(portal, token_in(post.to(MAYA)[0])), SignUpFinished)


def test_opening_the_link_changes_nothing(portal: Portal, deliver: Deliver, post: PostOffice) -> None:
    begin(portal)
    deliver()
    token = token_in(post.to(MAYA)[0])
    for _ in range(3):
        with portal.reading() as database:
            opened = open_link(database, token, browser_digest=None, at=now(portal))
        assert isinstance(opened, LinkOpened)
        assert not opened.is_same_browser
        assert "argon2" not in repr(opened)
    assert isinstance(click(portal, token), SignUpFinished)


@pytest.mark.parametrize("browser", [ELSEWHERE, None])
def test_whoever_only_has_the_mail_can_not_finish_the_account(
    portal: Portal, deliver: Deliver, post: PostOffice, browser: bytes | None
) -> None:
    """An attacker signs up with my address and their password; my click must not make that account."""
    begin(portal)
    deliver()
    token = token_in(post.to(MAYA)[0])
    assert isinstance(click(portal, token, browser=browser), ProofRefused)
    with portal.reading() as database:
        assert Users(database).count() == 0
    assert isinstance(click(portal, token, browser=browser, knows_password=True), SignUpFinished)


def test_passwords_by_the_link_have_the_tries_of_codes(
    portal: Portal, deliver: Deliver, post: PostOffice
) -> None:
    begin(portal)
    deliver()
    with portal.reading() as database:
        link = open_link(database, token_in(post.to(MAYA)[0]), browser_digest=None, at=now(portal))
    assert isinstance(link, LinkOpened)

    def try_one(_: int) -> bool:
        with portal.unit_of_work(VISITOR) as uow:
            return take_password_try(uow, link)

    assert at_once(20, try_one).count(True) == 5


def test_of_two_sign_ups_with_one_address_the_second_is_told_after_its_proof(
    portal: Portal, deliver: Deliver, post: PostOffice
) -> None:
    begin(portal, browser=HERE)
    begin(portal, browser=ELSEWHERE)
    deliver()
    first, second = post.to(MAYA)
    assert isinstance(enter(portal, code_in(first), browser=HERE), SignUpFinished)
    assert isinstance(enter(portal, code_in(second), browser=ELSEWHERE), AlreadyRegistered)


def test_fifty_proofs_of_one_address_at_once_give_one_account(
    portal: Portal, deliver: Deliver, post: PostOffice
) -> None:
    browsers = [bytes([number]) * 32 for number in range(10)]
    for number, browser in enumerate(browsers):
        begin(portal, MAYA if number % 2 else "MAYA@example.org", browser=browser)
    while deliver():
        pass
    tokens = [token_in(mail) for mail in (*post.to(MAYA), *post.to("MAYA@example.org"))]

    def prove(number: int) -> str:
        return type(click(portal, tokens[number % 10], browser=None, knows_password=True)).__name__

    outcomes = at_once(50, prove)
    assert outcomes.count("SignUpFinished") == 1
    assert set(outcomes) <= {"SignUpFinished", "AlreadyRegistered", "SignUpGone"}
    with portal.reading() as database:
        assert Users(database).count() == 1
