"""A session: whose it is, how long it lives, what ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.change_password import change_password
from portal.accounts.usecases.manage_users import disable_user
from portal.infra.actor import SYSTEM
from portal.infra.crypto.digests import TokenKind, issue
from portal.sessions.errors import SessionNotFound
from portal.sessions.models import Device, Session
from portal.sessions.repository import Sessions
from portal.sessions.usecases.sign_out import end_all_sessions, end_other_sessions, end_session
from tests.sessions.steps import VISITOR, enter, look_up
from tests.support.history import history
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

    AddPerson = Callable[..., User]
    Deliver = Callable[[], int]

MAYA = "maya@example.org"


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person(MAYA, name="Maya Okafor")


def test_a_session_is_found_by_its_token_in_one_statement(portal: Portal, maya: User) -> None:
    token = enter(portal, MAYA).token
    with statements(portal.engine) as asked:
        live = look_up(portal, token)
    assert live is not None
    assert (live.user_id, live.username, live.amr) == (maya.id, "maya", ("pwd",))
    assert len(asked) == 1


@pytest.mark.usefixtures("maya")
def test_the_database_holds_no_token(portal: Portal) -> None:
    opened = enter(portal, MAYA)
    secrets = {
        opened.token.encode(),
        opened.token[-43:].encode(),
        *(token.encode() for token in opened.device_tokens),
    }
    with portal.reading() as database:
        rows = [row for table in (Session, Device) for row in database.execute(select(table.__table__))]
    assert not any(secret in repr(row).encode() for row in rows for secret in secrets)
    assert opened.token not in repr(opened)


@pytest.mark.usefixtures("maya")
def test_every_changed_token_is_refused(portal: Portal) -> None:
    token = enter(portal, MAYA).token
    changed = [
        token[:-1],
        token + "0",
        token.swapcase(),
        token.upper(),
        f" {token}",
        token.replace("ses", "dev"),
        "",
    ]
    changed += [token[:at] + ("0" if token[at] != "0" else "1") + token[at + 1 :] for at in range(len(token))]
    assert [text for text in changed if look_up(portal, text) is not None] == []
    assert look_up(portal, token) is not None


@pytest.mark.usefixtures("maya")
def test_no_other_kind_of_token_is_a_session(portal: Portal) -> None:
    opened = enter(portal, MAYA)
    forged = [issue(kind, opened.session.id).token for kind in TokenKind]
    assert [token for token in (*forged, *opened.device_tokens) if look_up(portal, token) is not None] == []


@pytest.mark.usefixtures("maya")
@pytest.mark.settings(session_idle_minutes=30, session_lifetime_minutes=60)
def test_idle_and_absolute_limits_hold(portal: Portal, clock: MovableClock) -> None:
    token = enter(portal, MAYA).token
    for _ in range(2):
        clock.advance(minutes=25)
        live = look_up(portal, token)
        assert live is not None
        with portal.unit_of_work(SYSTEM) as uow:
            Sessions(uow.session).touch(live.session_id, at=uow.now, idle=timedelta(minutes=30))
    clock.advance(minutes=15)
    assert look_up(portal, token) is None


@pytest.mark.usefixtures("maya")
@pytest.mark.settings(session_idle_minutes=30)
def test_a_session_that_rests_too_long_is_over(portal: Portal, clock: MovableClock) -> None:
    token = enter(portal, MAYA).token
    clock.advance(minutes=31)
    assert look_up(portal, token) is None


def test_a_new_password_ends_every_session_at_once(portal: Portal, maya: User) -> None:
    tokens = [enter(portal, MAYA).token for _ in range(3)]
    password_hash = portal.ports.passwords.hash("nine wet owls above the mill")
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).lock(maya.id)
        assert user is not None
        change_password(uow, user, password_hash=password_hash)
    assert [look_up(portal, token) for token in tokens] == [None] * 3


def test_a_disabled_account_has_no_session(portal: Portal, maya: User) -> None:
    token = enter(portal, MAYA).token
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, maya.id, DisableUser(reason="left"))
    assert look_up(portal, token) is None
    with portal.reading() as database:
        assert Sessions(database).live_of(maya.id, at=portal.ports.clock.now()) == []


@pytest.mark.usefixtures("maya")
def test_signing_in_again_goes_on_under_a_new_token(portal: Portal, clock: MovableClock) -> None:
    first = enter(portal, MAYA)
    clock.advance(minutes=5)
    again = enter(portal, MAYA, tokens=first.device_tokens, current=look_up(portal, first.token))
    assert again.session.id == first.session.id
    assert look_up(portal, first.token) is None
    live = look_up(portal, again.token)
    assert live is not None
    assert live.auth_time > first.session.created_at


@pytest.mark.usefixtures("maya")
def test_another_person_in_the_same_browser_gets_a_session_of_their_own(
    portal: Portal, add_person: AddPerson
) -> None:
    add_person("noor@example.org")
    first = enter(portal, MAYA)
    second = enter(portal, "noor@example.org", current=look_up(portal, first.token))
    assert second.session.id != first.session.id
    assert look_up(portal, first.token) is None
    with portal.reading() as database:
        ended = Sessions(database).get(first.session.id)
    assert ended is not None
    assert ended.end_reason == "replaced"


def test_one_session_is_ended_by_its_owner_only(portal: Portal, maya: User, add_person: AddPerson) -> None:
    noor = add_person("noor@example.org")
    opened = enter(portal, MAYA)
    with pytest.raises(SessionNotFound), portal.unit_of_work(VISITOR) as uow:
        end_session(uow, opened.session.id, user_id=noor.id)
    assert look_up(portal, opened.token) is not None
    with portal.unit_of_work(VISITOR) as uow:
        end_session(uow, opened.session.id, user_id=maya.id)
    assert look_up(portal, opened.token) is None
    with pytest.raises(SessionNotFound), portal.unit_of_work(VISITOR) as uow:
        end_session(uow, opened.session.id, user_id=maya.id)


def test_all_others_or_all_are_ended_and_each_is_told(portal: Portal, maya: User) -> None:
    tokens = [enter(portal, MAYA).token for _ in range(4)]
    kept = look_up(portal, tokens[0])
    assert kept is not None
    with portal.unit_of_work(VISITOR) as uow:
        assert end_other_sessions(uow, maya.id, keep=kept.session_id) == 3
    assert [look_up(portal, token) is not None for token in tokens] == [True, False, False, False]
    with portal.unit_of_work(SYSTEM) as uow:
        assert end_all_sessions(uow, maya.id) == 1
    told = history(portal, "session.ended")
    assert len(told) == 4
    assert {entry.user_id for entry in told} == {maya.id}


def test_touching_goes_onwards_only(portal: Portal, maya: User, clock: MovableClock) -> None:
    opened = enter(portal, MAYA)
    late, early = clock.advance(minutes=5), opened.session.created_at
    for at in (late, early):
        with portal.unit_of_work(SYSTEM) as uow:
            Sessions(uow.session).touch(opened.session.id, at=at, idle=late - early)
    live = look_up(portal, opened.token)
    assert live is not None
    assert live.last_seen_at == late


def test_a_known_browser_is_recognised_and_a_new_one_is_mailed(
    portal: Portal, maya: User, deliver: Deliver, post: PostOffice
) -> None:
    first = enter(portal, MAYA)
    again = enter(portal, MAYA, tokens=first.device_tokens)
    assert (first.is_new_device, again.is_new_device) == (True, False)
    deliver()
    assert post.messages == [], "the first browser of an account is no news"
    enter(portal, MAYA)
    deliver()
    assert "New sign-in" in post.to(maya.email)[0]["Subject"]


def test_people_who_share_a_browser_are_each_known_to_it(
    portal: Portal, maya: User, add_person: AddPerson
) -> None:
    add_person("noor@example.org")
    first = enter(portal, MAYA)
    both = enter(portal, "noor@example.org", tokens=first.device_tokens)
    assert len(both.device_tokens) == 2
    assert not enter(portal, MAYA, tokens=both.device_tokens).is_new_device
    assert not enter(portal, "noor@example.org", tokens=both.device_tokens).is_new_device


def test_the_sign_in_is_in_the_log_under_the_persons_name(portal: Portal, maya: User) -> None:
    opened = enter(portal, MAYA)
    (entry,) = history(portal, "user.signed_in")
    assert (entry.actor_kind, entry.actor_id, entry.session_id) == ("user", maya.id, opened.session.id)
    assert entry.details == {"amr": ["pwd"], "device": "Firefox on Ubuntu", "new_device": True}
