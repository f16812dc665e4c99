"""The time machine's pages: as of a moment, and two moments compared."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update

from portal.access.repository import Resources
from portal.access.schemas import (
    AddMember,
    CreateGroup,
    CreateResource,
    CreateRole,
    GiveGroupRole,
)
from portal.access.usecases.groups import create_group
from portal.access.usecases.memberships import add_member, give_group_role, remove_member
from portal.access.usecases.resources import create_resource
from portal.access.usecases.roles import create_role, delete_role
from portal.accounts.models import User
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.audit.models import AuditLog, AuditSubject
from portal.infra.actor import CLI
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.admin.pasts import act, history, pause, rename
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from tests.support.portals import MovableClock


@pytest.fixture
def path(devon: Operator) -> str:
    return history("user", devon.person.id)


# ---------------------------------------------------------------------------------------------- looking


def test_a_person_is_seen_as_of_a_moment(
    maya: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    at = pause(clock)
    rename(maya.portal, devon.person, "Devon Renamed")
    now = shown(maya.page(path))
    assert "As it is At this moment" in now
    assert "Name Devon Renamed" in now
    then = shown(maya.page(f"{path}?at={at}"))
    assert "As it was" in then
    assert "Name Devon Reyes" in then
    assert "Restore this state" in then


def test_two_moments_are_compared_whichever_comes_first(
    maya: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    first = pause(clock)
    rename(maya.portal, devon.person, "Devon Renamed")
    second = pause(clock)
    act(maya.portal, disable_user, devon.person.id, DisableUser(reason="Left the company"))
    for one, other in ((first, second), (second, first)):
        page = maya.page(f"{path}?at={one}&compare={other}")
        assert '<del class="is-danger">Devon Reyes</del>' in page
        assert '<ins class="is-success">Devon Renamed</ins>' in page
        difference = page[page.index("What is different") : page.index('id="state"')]
        assert "Active" not in shown(difference)
    assert "It was the same at both moments" in maya.page(f"{path}?at={first}&compare={first}")


def test_before_it_was_made_there_was_nothing(maya: Operator, clock: MovableClock) -> None:
    at = pause(clock)
    role = act(maya.portal, create_role, CreateRole(name="editor", description="Edits"))
    page = shown(maya.page(f"{history('role', role.id)}?at={at}"))
    assert "It was not there" in page
    assert "Restore this state" not in page
    assert maya.get(f"{history('role', role.id)}/restore?at={at}").status_code == 404


def test_members_and_roles_of_a_group_come_with_it(
    maya: Operator, devon: Operator, clock: MovableClock
) -> None:
    group = act(maya.portal, create_group, CreateGroup(name="Harbour"))
    role = act(maya.portal, create_role, CreateRole(name="pilot"))
    act(maya.portal, add_member, group.id, AddMember(user_id=devon.person.id))
    act(maya.portal, give_group_role, group.id, GiveGroupRole(role_id=role.id))
    at = pause(clock)
    act(maya.portal, remove_member, group.id, devon.person.id)
    act(maya.portal, delete_role, role.id)
    then = shown(maya.page(f"{history('group', group.id)}?at={at}"))
    assert "Roles pilot" in then
    assert "Members devon" in then
    assert "Members None" in shown(maya.page(history("group", group.id)))
    assert "Groups Harbour" in shown(maya.page(f"{history('user', devon.person.id)}?at={at}"))
    # the role is gone, and yet it can be looked at
    gone = shown(maya.page(f"{history('role', role.id)}?at={at}"))
    assert "Role that is gone" in gone
    assert "Groups Harbour" in gone


def test_versions_lead_to_their_moments(
    maya: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    pause(clock)
    rename(maya.portal, devon.person, "Devon Renamed")
    pause(clock)
    rename(maya.portal, devon.person, "Devon Again")
    links = [unescape(link) for link in re.findall(r'href="(/admin/history/[^"]+)"', maya.page(path))]
    versions = [link for link in links if "compare" not in link and "at=" in link]
    assert len(versions) >= 3  # two names, and the account itself
    assert "Name Devon Again" in shown(maya.page(versions[0]))
    assert "Name Devon Renamed" in shown(maya.page(versions[1]))
    entry = re.search(r'href="(/admin/history/user/[^"]+)"', maya.page("/admin/audit"))
    assert entry is not None
    assert "Name Devon Again" in shown(maya.page(unescape(entry[1])))


def test_what_had_ended_by_itself_says_so(maya: Operator, devon: Operator, clock: MovableClock) -> None:
    group = act(maya.portal, create_group, CreateGroup(name="Harbour"))
    ends_at = clock.advance(minutes=20)
    clock.advance(minutes=-20)
    act(maya.portal, add_member, group.id, AddMember(user_id=devon.person.id, expires_at=ends_at))
    before = pause(clock)
    clock.advance(minutes=20)
    assert ", until " in shown(maya.page(f"{history('group', group.id)}?at={before}"))
    assert ", ended " in shown(maya.page(history("group", group.id)))


# ---------------------------------------------------------------------------------------------- honesty


def test_a_moment_before_the_log_is_called_so(
    maya: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    early = pause(clock)
    with maya.portal.unit_of_work(CLI) as uow:  # as retention leaves it
        uow.session.execute(delete(AuditSubject))
        uow.session.execute(delete(AuditLog))
    pause(clock)
    rename(maya.portal, devon.person, "Devon Renamed")
    page = shown(maya.page(f"{path}?at={early}"))
    assert "This moment lies before the log" in page
    assert "Name Devon Reyes" in page  # what the first entry that is left says it was


def test_a_change_without_an_entry_is_pointed_out(
    maya: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    rename(maya.portal, devon.person, "Devon Renamed")
    at = pause(clock)
    with maya.portal.unit_of_work(CLI) as uow:  # somebody with a database client
        uow.session.execute(update(User).where(User.id == devon.person.id).values(name="Written by hand"))
    page = shown(maya.page(f"{path}?at={at}"))
    assert "Something changed without an entry" in page
    assert "Name Devon Renamed" in page


def test_a_row_that_went_without_an_entry_is_shown_as_last_heard_of(
    maya: Operator, clock: MovableClock
) -> None:
    resource = act(maya.portal, create_resource, CreateResource(name="wiki", type="wiki"))
    at = pause(clock)
    with maya.portal.unit_of_work(CLI) as uow:
        found = Resources(uow.session).get(resource.id)
        uow.session.delete(found)
    page = shown(maya.page(f"{history('resource', resource.id)}?at={at}"))
    assert "It went without an entry" in page
    assert "Name wiki" in page


# ---------------------------------------------------------------------------------------------- who may


def test_an_auditor_looks_back_and_restores_nothing(
    maya: Operator, audrey: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    at = pause(clock)
    rename(maya.portal, devon.person, "Devon Renamed")
    assert "Restore this state" not in audrey.page(f"{path}?at={at}")
    assert audrey.get(f"{path}/restore?at={at}").status_code == 403
    assert devon.get(path).status_code == 403
    assert devon.get(f"{path}/restore?at={at}").status_code == 403


def test_odd_addresses_lead_nowhere(maya: Operator, path: str) -> None:
    for address in (
        history("session", maya.person.id),
        f"/admin/history/user/{NOBODYS_ID}",
        "/admin/history/user/1",
        f"{path}/restore",
        f"{path}/restore?at=yesterday",
        f"{path}?before=x",
    ):
        assert maya.get(address).status_code == 404, address


def test_a_moment_that_can_not_be_read_is_asked_for_again(maya: Operator, path: str) -> None:
    for text in ("yesterday", "2026-13-01", "9999-12-31T23:59:59+14:00", "2099-01-01T00:00"):
        answer = maya.get(path, query_string={"at": text})
        assert answer.status_code == 422, text
        assert text in unescape(answer.text)
        assert "Enter a date and time" in answer.text or "Choose a moment that has been" in answer.text


def test_hostile_words_are_only_text(maya: Operator, devon: Operator, clock: MovableClock, path: str) -> None:
    for name in HOSTILE:
        rename(maya.portal, devon.person, name)
    at = pause(clock)
    rename(maya.portal, devon.person, "Devon")
    for address in (f"{path}?at={at}", f"{path}?at={at}&compare={pause(clock)}", f"{path}/restore?at={at}"):
        page = maya.page(address)
        assert "{actor}" in page
        assert "<script>alert" not in page
        assert "<img src=x>" not in page


def test_a_look_back_costs_few_statements(
    maya: Operator, devon: Operator, clock: MovableClock, path: str
) -> None:
    for number in range(30):
        rename(maya.portal, devon.person, f"Devon {number}")
        clock.advance(minutes=1)
    maya.page(path)
    with statements(maya.portal.engine) as asked:
        maya.page(path)
    assert len(asked) <= 16
