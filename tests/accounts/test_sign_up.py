"""Asking for an account, and proving the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.accounts.errors import SignUpClosed
from portal.accounts.repository import PendingSignUps, Users
from portal.accounts.usecases.sign_up import MailAgain, NoMailAgain, send_code_again
from portal.accounts.usecases.verify_email import (
    ProofRefused,
    SignUpFinished,
    SignUpGone,
)
from tests.accounts.steps import (
    ELSEWHERE,
    HERE,
    VISITOR,
    begin,
    body_of,
    click,
    code_in,
    enter,
    token_in,
)
from tests.support.crowds import at_once
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

    Deliver = Callable[[], int]

MAYA = "maya@example.org"


def _again(portal: Portal) -> MailAgain | NoMailAgain:
    with portal.unit_of_work(VISITOR) as uow:
        return send_code_again(uow, browser_digest=HERE)


def test_the_mailed_code_makes_the_account(portal: Portal, deliver: Deliver, post: PostOffice) -> None:
    begin(portal)
    deliver()
    outcome = enter(portal, code_in(post.to(MAYA)[0]))
    assert isinstance(outcome, SignUpFinished)
    assert outcome.user.email_verified
    assert portal.ports.passwords.verify(
        outcome.user.password_hash, "three herons over the quiet weir"
    ).matches


def test_nobody_fills_a_strangers_inbox(
    portal: Portal, deliver: Deliver, post: PostOffice, clock: MovableClock
) -> None:
    """However many browsers ask, and however they spell it; an hour later the address can sign up again."""
    for number in range(13):
        begin(portal, "Maya@example.org" if number % 2 else MAYA, browser=bytes([number]) * 32)
    deliver()
    assert len(post.to(MAYA)) + len(post.to("Maya@example.org")) == 10
    begin(portal, "eva@example.org")
    deliver()
    assert len(post.to("eva@example.org")) == 1
    clock.advance(minutes=61)
    post.forget()
    begin(portal)
    deliver()
    assert isinstance(enter(portal, code_in(post.to(MAYA)[0])), SignUpFinished)


def test_no_account_exists_before_the_address_is_proved(portal: Portal, deliver: Deliver) -> None:
    begin(portal)
    deliver()
    with portal.reading() as database:
        assert Users(database).count() == 0


def test_a_used_up_sign_up_keeps_no_hash(portal: Portal, deliver: Deliver, post: PostOffice) -> None:
    pending = begin(portal)
    deliver()
    enter(portal, code_in(post.to(MAYA)[0]))
    with portal.reading() as database:
        kept = PendingSignUps(database).get(pending.id)
    assert kept is not None
    assert kept.password_hash == ""
    assert kept.completed_at is not None


def test_a_code_is_worth_nothing_in_another_browser(
    portal: Portal, deliver: Deliver, post: PostOffice
) -> None:
    begin(portal)
    deliver()
    assert isinstance(enter(portal, code_in(post.to(MAYA)[0]), browser=ELSEWHERE), SignUpGone)


def test_five_wrong_codes_void_the_right_one(portal: Portal, deliver: Deliver, post: PostOffice) -> None:
    begin(portal)
    deliver()
    code = code_in(post.to(MAYA)[0])
    wrong = f"{(int(code) + 1) % 10**6:06}"
    left = [enter(portal, wrong) for _ in range(6)]
    assert left == [
        ProofRefused(4),
        ProofRefused(3),
        ProofRefused(2),
        ProofRefused(1),
        ProofRefused(0),
        ProofRefused(0),
    ]
    assert enter(portal, code) == ProofRefused(0)


def test_guesses_at_once_are_worth_no_more_than_in_a_row(
    portal: Portal, deliver: Deliver, post: PostOffice
) -> None:
    pending = begin(portal)
    deliver()
    code = int(code_in(post.to(MAYA)[0]))
    at_once(50, lambda number: enter(portal, f"{(code + 1 + number) % 10**6:06}"))
    with portal.reading() as database:
        row = PendingSignUps(database).get(pending.id)
    assert row is not None
    assert row.tries == 5


def test_mails_come_every_half_minute_and_at_most_six(portal: Portal, clock: MovableClock) -> None:
    begin(portal)
    assert _again(portal) == NoMailAgain(30)
    for _ in range(5):
        clock.advance(seconds=30)
        assert _again(portal) == MailAgain()
    clock.advance(seconds=30)
    assert _again(portal) == NoMailAgain(None)


def test_a_sign_up_lasts_an_hour_from_its_last_mail(
    portal: Portal, deliver: Deliver, post: PostOffice, clock: MovableClock
) -> None:
    begin(portal)
    clock.advance(minutes=50)
    _again(portal)
    deliver()
    clock.advance(minutes=50)
    mail = post.to(MAYA)[-1]
    assert isinstance(enter(portal, "not it"), ProofRefused)
    clock.advance(minutes=11)
    assert isinstance(enter(portal, code_in(mail)), SignUpGone)
    assert isinstance(click(portal, token_in(mail)), SignUpGone)


def test_somebody_with_an_account_is_told_by_mail_only(
    portal: Portal, deliver: Deliver, post: PostOffice, add_person: Callable[..., User]
) -> None:
    add_person(MAYA)
    begin(portal, "Maya@EXAMPLE.org")
    deliver()
    mail = post.to("Maya@example.org")[0]
    assert "already have" in mail["Subject"]
    assert "/verify/" not in body_of(mail)
    assert [enter(portal, "000000") for _ in range(2)] == [ProofRefused(4), ProofRefused(3)]


def test_asking_costs_the_same_statements_for_known_and_unknown(
    portal: Portal, add_person: Callable[..., User]
) -> None:
    add_person(MAYA)
    with statements(portal.engine) as known:
        begin(portal, MAYA)
    with statements(portal.engine) as unknown:
        begin(portal, "nobody@example.org")
    assert known == unknown


@pytest.mark.settings(sign_up="closed")
def test_a_closed_portal_takes_nobody(portal: Portal) -> None:
    with pytest.raises(SignUpClosed):
        begin(portal)


def test_a_strangers_name_stands_in_no_mail_to_an_unproved_address(
    portal: Portal, deliver: Deliver, post: PostOffice
) -> None:
    begin(portal, name="Win http://evil.example now <b>")
    deliver()
    mail = post.to(MAYA)[0]
    assert "evil.example" not in mail.as_string()
