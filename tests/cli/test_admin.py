"""The way back in, from the host."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from portal.access.repository import Roles
from portal.access.rules import ADMINISTRATOR
from portal.access.services import assign_role
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.usecases.recovery import LinkRefused, open_recovery, reset_password
from portal.audit.repository import AuditEntries, AuditFilter, Entry
from portal.cli.commands import app
from portal.infra.actor import CLI
from portal.sessions.repository import Sessions
from portal.sessions.services import open_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

LINK = re.compile(r"http://localhost/recover/(\S+)")


@pytest.fixture
def recover(portal: Portal) -> Callable[..., Result]:
    """`recover("ada@example.org", "--new", "Ada")`: the command, as somebody at the host gives it."""
    settings = portal.settings
    environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("PORTAL_")}
    environment |= {
        "PORTAL_BASE_URL": settings.base_url,
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_INSTANCE_DIR": str(settings.instance_dir),
        "PORTAL_MASTER_KEY": settings.master_key,
        "PORTAL_SECRET_KEY": settings.secret_key,
    }
    return lambda *words: CliRunner().invoke(app, ["admin", "recover", *words], env=environment)


def told(portal: Portal, *actions: str) -> list[Entry]:
    with portal.reading() as session:
        entries = AuditEntries(session).page(AuditFilter(), size=200).items
    return [entry for entry in reversed(entries) if entry.action in actions]


def link_in(answer: Result) -> str:
    assert answer.exit_code == 0, answer.output
    found = LINK.search(answer.stdout)
    assert found, answer.stdout
    return found[1]


def disable_all(portal: Portal) -> None:
    """As if somebody had written it into the database: no use case would do it."""
    with portal.unit_of_work(CLI) as uow:
        for user in uow.session.scalars(select(User)):
            user.is_active = False


def test_a_disabled_administrator_gets_back_in(
    portal: Portal, add_person: Callable[..., User], recover: Callable[..., Result]
) -> None:
    ada = add_person("ada@example.org", administrator=True)
    with portal.unit_of_work(CLI) as uow:
        session_id = open_session(uow, uow.session.get_one(User, ada.id)).session.id
    disable_all(portal)
    answer = recover("ADA@example.org", "--reason", "lost the phone")
    token = link_in(answer)
    assert "is enabled again" in answer.stdout
    with portal.unit_of_work(CLI) as uow:
        assert not isinstance(reset_password(uow, token, password_hash="x"), LinkRefused)
    with portal.reading() as session:
        user = Users(session).get(ada.id)
        assert user is not None
        assert user.is_active
        assert Sessions(session).live_of(ada.id, at=portal.ports.clock.now()) == []
    entries = told(portal, "user.enabled", "user.administrator_recovered")
    assert [(one.action, one.actor_kind, one.reason, one.user_id) for one in entries] == [
        ("user.enabled", "cli", "lost the phone", ada.id),
        ("user.administrator_recovered", "cli", "lost the phone", ada.id),
    ]
    assert session_id not in {entry.session_id for entry in entries}


def test_anybody_can_be_made_one_and_holds_the_role_without_an_end(
    portal: Portal, clock: MovableClock, add_person: Callable[..., User], recover: Callable[..., Result]
) -> None:
    maya = add_person("maya@example.org")
    with portal.unit_of_work(CLI) as uow:
        assign_role(uow, ADMINISTRATOR, to=maya.ref, expires_at=uow.now.replace(year=uow.now.year + 1))
    link_in(recover("maya"))
    clock.advance(days=400)
    with portal.reading() as session:
        assert Roles(session).has_active_holder(ADMINISTRATOR, at=clock.now(), for_good=True)
    assert [entry.reason for entry in told(portal, "role.assignment_changed")] == ["recovered at the host"]


def test_a_newer_link_kills_an_older_one_and_none_works_twice(
    portal: Portal, add_person: Callable[..., User], recover: Callable[..., Result], clock: MovableClock
) -> None:
    add_person("ada@example.org", administrator=True)
    older, newer = link_in(recover("ada")), link_in(recover("ada"))
    with portal.unit_of_work(CLI) as uow:
        assert isinstance(reset_password(uow, older, password_hash="x"), LinkRefused)
        assert not isinstance(reset_password(uow, newer, password_hash="x"), LinkRefused)
        assert isinstance(reset_password(uow, newer, password_hash="y"), LinkRefused)
    late = link_in(recover("ada"))
    clock.advance(minutes=31)
    with portal.reading() as session:
        assert isinstance(open_recovery(session, late, at=clock.now()), LinkRefused)


def test_whoever_kept_a_session_does_not_become_an_administrator_by_it(
    portal: Portal, add_person: Callable[..., User], recover: Callable[..., Result]
) -> None:
    maya = add_person("maya@example.org")
    with portal.unit_of_work(CLI) as uow:
        open_session(uow, uow.session.get_one(User, maya.id))
    link_in(recover("maya"))
    with portal.reading() as session:
        assert Sessions(session).live_of(maya.id, at=portal.ports.clock.now()) == []


def test_a_new_account_is_only_made_when_it_is_asked_for(
    portal: Portal, recover: Callable[..., Result]
) -> None:
    refused = recover("grace@example.org")
    assert refused.exit_code == 3
    assert "--new NAME" in refused.output
    token = link_in(recover("grace@example.org", "--new", "Grace Hopper"))
    with portal.reading() as session:
        grace = Users(session).by_email("grace@example.org")
        assert grace is not None
        assert (grace.name, grace.password_hash) == ("Grace Hopper", None)
        assert [role.name for role in Roles(session).of_user(grace.id, at=portal.ports.clock.now())] == [
            "administrator",
            "user",
        ]
    with portal.unit_of_work(CLI) as uow:
        assert not isinstance(reset_password(uow, token, password_hash="x"), LinkRefused)
    again = recover("grace@example.org", "--new", "Grace Hopper")
    assert (again.exit_code, "Another account" in again.output) == (2, True)
    unusable = recover("grace", "--new", "Grace Hopper")
    assert (unusable.exit_code, "Enter an email address" in unusable.output) == (2, True)


def test_without_a_name_it_says_who_there_is(
    portal: Portal, add_person: Callable[..., User], recover: Callable[..., Result]
) -> None:
    assert "/setup/" in recover().stdout
    ada, devon = (add_person(f"{name}@example.org", administrator=True) for name in ("ada", "devon"))
    add_person("maya@example.org")
    with portal.unit_of_work(CLI) as uow:
        uow.session.get_one(User, devon.id).is_active = False
    answer = recover()
    lines = [line.split(maxsplit=1) for line in answer.stdout.splitlines()]
    assert lines == [["ada@example.org", "can sign in"], ["devon@example.org", "disabled"]]
    assert answer.exit_code == 2
    assert told(portal, "user.administrator_recovered") == []
    assert ada.id != devon.id


def test_no_password_is_ever_printed(
    portal: Portal, add_person: Callable[..., User], recover: Callable[..., Result]
) -> None:
    ada = add_person("ada@example.org", administrator=True)
    answer = recover("ada")
    assert link_in(answer)
    with portal.reading() as session:
        stored = session.scalar(select(User.password_hash).where(User.id == ada.id))
    assert stored
    assert stored not in answer.output
    assert "password" not in answer.output.replace("sets a new password", "")
