"""A forgotten password, by a mailed link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.accounts.errors import UserNotFound
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.add_users import invite_user
from portal.accounts.usecases.change_password import change_password
from portal.accounts.usecases.manage_users import disable_user
from portal.accounts.usecases.recovery import (
    LinkRefused,
    RecoveryOpened,
    open_recovery,
    reset_password,
    send_recovery,
)
from portal.audit.models import AuditLog
from portal.infra.actor import SYSTEM
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.errors import Conflict
from portal.infra.ids import new_id
from tests.accounts.steps import VISITOR, ask, body_of, now, token_in
from tests.support.crowds import at_once
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

    Deliver = Callable[[], int]

MAYA = "maya@example.org"
NEW = "nine wet owls above the mill"


@pytest.fixture
def maya(add_person: Callable[..., User]) -> User:
    return add_person(MAYA, name="Maya Okafor")


@pytest.fixture
def link(portal: Portal, maya: User, deliver: Deliver, post: PostOffice) -> str:
    ask(portal)
    deliver()
    return token_in(post.to(MAYA)[-1])


def _reset(portal: Portal, token: str, password: str = NEW) -> User | LinkRefused:
    password_hash = portal.ports.passwords.hash(password)
    with portal.unit_of_work(VISITOR) as uow:
        return reset_password(uow, token, password_hash=password_hash)


def _opens(portal: Portal, token: str) -> bool:
    with portal.reading() as database:
        return isinstance(open_recovery(database, token, at=now(portal)), RecoveryOpened)


def _person(portal: Portal, user: User) -> User:
    with portal.reading() as database:
        found = Users(database).get(user.id)
    if found is None:
        raise LookupError(user.id)
    return found


def test_the_link_sets_a_new_password_and_ends_everything(portal: Portal, maya: User, link: str) -> None:
    assert isinstance(_reset(portal, link), User)
    after = _person(portal, maya)
    assert portal.ports.passwords.verify(after.password_hash, NEW).matches
    assert after.security_epoch == maya.security_epoch + 1


def test_the_owner_is_told_of_the_new_password(
    portal: Portal, link: str, deliver: Deliver, post: PostOffice
) -> None:
    _reset(portal, link)
    deliver()
    assert "password was changed" in post.to(MAYA)[-1]["Subject"]
    assert "203.0.113.7" in body_of(post.to(MAYA)[-1])


def test_opening_the_link_changes_nothing(portal: Portal, link: str) -> None:
    assert [_opens(portal, link) for _ in range(3)] == [True] * 3
    assert isinstance(_reset(portal, link), User)


def test_a_link_works_once(portal: Portal, link: str) -> None:
    assert isinstance(_reset(portal, link), User)
    assert isinstance(_reset(portal, link, "another password entirely"), LinkRefused)
    assert not _opens(portal, link)


def test_fifty_uses_of_one_link_at_once_set_one_password(portal: Portal, maya: User, link: str) -> None:
    password_hash = portal.ports.passwords.hash(NEW)

    def use(_: int) -> User | LinkRefused:
        with portal.unit_of_work(VISITOR) as uow:
            return reset_password(uow, link, password_hash=password_hash)

    outcomes = at_once(50, use)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert _person(portal, maya).security_epoch == maya.security_epoch + 1


def test_a_link_works_for_half_an_hour(portal: Portal, link: str, clock: MovableClock) -> None:
    clock.advance(minutes=29)
    assert _opens(portal, link)
    clock.advance(minutes=2)
    assert isinstance(_reset(portal, link), LinkRefused)


def test_a_newer_link_replaces_an_older_one(
    portal: Portal, link: str, deliver: Deliver, post: PostOffice
) -> None:
    ask(portal)
    deliver()
    newer = token_in(post.to(MAYA)[-1])
    assert newer != link
    assert isinstance(_reset(portal, link), LinkRefused)
    assert isinstance(_reset(portal, newer), User)


def test_a_link_dies_with_the_password_it_was_to_replace(portal: Portal, maya: User, link: str) -> None:
    password_hash = portal.ports.passwords.hash("seven kites beyond the harbour")
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).lock(maya.id)
        assert user is not None
        change_password(uow, user, password_hash=password_hash)
    assert isinstance(_reset(portal, link), LinkRefused)


def test_a_link_dies_with_the_address_it_was_sent_to(portal: Portal, maya: User, link: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).lock(maya.id)
        assert user is not None
        user.change_email("maya@example.net", at=uow.now)
    assert isinstance(_reset(portal, link), LinkRefused)


def test_a_link_does_not_open_a_disabled_account(portal: Portal, maya: User, link: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, maya.id, DisableUser(reason="left the company"))
    assert isinstance(_reset(portal, link), LinkRefused)


@pytest.mark.usefixtures("maya")
@pytest.mark.parametrize("address", ["MAYA@example.org", "maya@EXAMPLE.org"])
def test_the_mail_goes_to_the_address_on_file(
    portal: Portal, deliver: Deliver, post: PostOffice, address: str
) -> None:
    ask(portal, address)
    deliver()
    assert [message["To"] for message in post.messages] == [MAYA]


def test_strangers_and_the_disabled_get_no_mail(
    portal: Portal, maya: User, deliver: Deliver, post: PostOffice
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, maya.id, DisableUser(reason="left the company"))
    ask(portal, MAYA)
    ask(portal, "nobody@example.org")
    deliver()
    assert post.messages == []


@pytest.mark.usefixtures("maya")
def test_nobody_is_flooded_with_links(portal: Portal, deliver: Deliver, post: PostOffice) -> None:
    for _ in range(8):
        ask(portal)
    while deliver():
        pass
    assert len(post.to(MAYA)) == 5


@pytest.mark.usefixtures("maya")
def test_asking_costs_the_same_statements_for_known_and_unknown(portal: Portal) -> None:
    with statements(portal.engine) as known:
        ask(portal, MAYA)
    with statements(portal.engine) as unknown:
        ask(portal, "nobody@example.org")
    assert known == unknown


def test_changed_and_foreign_tokens_open_nothing(portal: Portal, link: str) -> None:
    flipped = link[:-1] + ("A" if link[-1] != "A" else "B")
    others = [issue(kind, new_id()).token for kind in TokenKind]
    for token in (link[:-1], link + "0", flipped, link.swapcase(), "", "x", *others):
        assert not _opens(portal, token)
        assert isinstance(_reset(portal, token), LinkRefused)


def test_a_used_link_is_remembered_in_the_log(portal: Portal, link: str) -> None:
    _reset(portal, link)
    _reset(portal, link)
    with portal.reading() as database:
        actions = list(database.scalars(select(AuditLog.action).order_by(AuditLog.id)))
    assert actions[-3:] == ["user.recovery_asked", "user.password_reset", "user.recovery_refused"]


def test_an_operator_sends_a_link_and_never_sees_it(
    portal: Portal, maya: User, deliver: Deliver, post: PostOffice
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        send_recovery(uow, maya.id, reason="asked by phone")
    deliver()
    assert _opens(portal, token_in(post.to(MAYA)[-1]))
    with pytest.raises(UserNotFound), portal.unit_of_work(SYSTEM) as uow:
        send_recovery(uow, new_id())


def test_no_link_is_promised_that_would_open_nothing(portal: Portal, maya: User) -> None:
    """An operator who is told that a mail is on its way waits for it with somebody at the phone."""
    with pytest.raises(Conflict) as refused, portal.unit_of_work(SYSTEM) as uow:
        invite_user(uow, maya.id)
    assert refused.value.code == "has_password"
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, maya.id, DisableUser(reason="left"))
    for promise in (send_recovery, invite_user):
        with pytest.raises(Conflict) as refused, portal.unit_of_work(SYSTEM) as uow:
            promise(uow, maya.id)
        assert refused.value.code == "account_disabled"
