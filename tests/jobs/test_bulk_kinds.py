"""Bulk work by kind: each does what its page does for one, within what its asker may do at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.access.repository import Groups, Roles
from portal.access.schemas import CreateGroup
from portal.access.schemas.bulk import (
    DisableMany,
    EnableMany,
    EndSessionsOfMany,
    GiveRoleToMany,
    ImportMany,
    ImportPerson,
    ManyJoinGroup,
    ManyLeaveGroup,
    PeopleWish,
    Selection,
    SendRecoveryToMany,
    TakeRoleFromMany,
)
from portal.access.services.bulk import BulkForbidden
from portal.access.usecases.bulk import SelectionChanged, cancel_bulk, start_bulk
from portal.access.usecases.groups import create_group
from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import SYSTEM
from portal.infra.bulk import BulkJobOver
from portal.infra.errors import Invalid, Limited
from tests.jobs.bulk_work import (
    BATCH,
    actor_for,
    codes,
    emails,
    items,
    look,
    newcomers,
    numbered,
    start,
    turn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portal.accounts.models import User
    from portal.audit.repository import Entry
    from portal.bootstrap import Portal

    AddPerson = Callable[..., User]


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    """The administrator."""
    return add_person("maya@example.org", administrator=True)


@pytest.fixture
def crowd(portal: Portal, maya: User) -> list[User]:
    """More than two batches of people, taken in by a job."""
    job_id = start(portal, newcomers(2 * BATCH + 5), by=actor_for(maya))
    while not turn(portal, job_id).is_over:
        pass
    with portal.reading() as session:
        return sorted(
            Users(session).with_ids([item.subject_id for item in items(portal, job_id) if item.subject_id]),
            key=lambda user: user.id,
        )


def everybody(people: Sequence[User]) -> Selection:
    return Selection(user_ids=tuple(person.id for person in people))


def entries(portal: Portal, action: str) -> Sequence[Entry]:
    with portal.reading() as session:
        return AuditEntries(session).page(AuditFilter(actions=(action,)), size=500).items


def role_id(portal: Portal, name: str) -> object:
    with portal.reading() as session:
        role = Roles(session).by_name(name)
        assert role is not None
        return role.id


def test_one_that_fails_spoils_nothing_for_the_others(portal: Portal, maya: User) -> None:
    lines = (
        ImportPerson(email="p00001@example.org", name="One"),
        ImportPerson(email="p00002@example.org", name="Two", roles=("no such role",)),
        ImportPerson(email="MAYA@example.org", name="Maya again"),
        ImportPerson(email="p00003@example.org", name="Three", username="maya"),
        ImportPerson(email="p00004@example.org", name="Four", roles=("auditor",), attributes={"floor": 3}),
    )
    job_id = start(portal, ImportMany(lines=lines, invite=True), by=actor_for(maya))
    job = turn(portal, job_id)
    assert [item.code for item in items(portal, job_id)] == [
        "created", "role_not_found", "exists", "username_taken", "created",
    ]  # fmt: skip
    assert (job.done, job.unchanged, job.failed) == (2, 1, 2)
    assert emails(portal) == numbered((1, 4))
    invited = entries(portal, "user.invited")
    assert len(invited) == 2
    with portal.reading() as session:
        four = Users(session).by_email("p00004@example.org")
        assert four is not None
        assert four.attributes == {"floor": 3}
        assert "auditor" in {role.name for role in Roles(session).of_user(four.id, at=four.created_at)}


def test_every_kind_does_what_its_page_does_for_one(portal: Portal, maya: User, crowd: list[User]) -> None:
    some, by = crowd[:3], actor_for(maya)
    auditor = role_id(portal, "auditor")
    with portal.unit_of_work(SYSTEM) as uow:
        group = create_group(uow, CreateGroup(name="Research"))
    people = everybody(some)
    wishes = (
        (DisableMany(people=people, reason="The office closes"), "Disabled", "Was disabled already"),
        (EnableMany(people=people), "Enabled", "Was active already"),
        (GiveRoleToMany(people=people, role_id=auditor), "Holds the role", "Held the role already"),
        (TakeRoleFromMany(people=people, role_id=auditor), "Does not hold it by name any more", None),
        (ManyJoinGroup(people=people, group_id=group.id), "Is in the group", "Was in the group already"),
        (ManyLeaveGroup(people=people, group_id=group.id), "Is not in the group any more", None),
        (EndSessionsOfMany(people=people), None, "Was signed in nowhere"),
        (SendRecoveryToMany(people=people), "The mail is on its way", "The mail is on its way"),
    )
    for wish, first, again in wishes:
        for expected in (first, again):
            job_id = start(portal, wish, by=by)
            job = turn(portal, job_id)
            told = {item.message for item in items(portal, job_id)}
            assert job.state == "done"
            assert job.failed == 0, told
            if expected is not None:
                assert told == {expected}
    assert len(entries(portal, "role.assigned")) >= 3
    with portal.reading() as session:
        assert Groups(session).member(group.id, some[0].id) is None


def test_everybody_who_matches_is_met_by_id(portal: Portal, maya: User, crowd: list[User]) -> None:
    matching = Selection(matching=PeopleWish(text="person"), expected=len(crowd))
    job_id = start(portal, DisableMany(people=matching, reason="over"), by=actor_for(maya))
    assert [item.subject_id for item in items(portal, job_id)] == [person.id for person in crowd]
    (entry,) = (one for one in entries(portal, "bulk.started") if one.details["kind"] == "disable")
    assert entry.details["filter"] == {"text": True}
    with portal.unit_of_work(actor_for(maya)) as uow, pytest.raises(SelectionChanged):
        start_bulk(
            uow,
            EnableMany(people=Selection(matching=PeopleWish(text="person"), expected=7)),
        )
    with portal.unit_of_work(actor_for(maya)) as uow, pytest.raises(Invalid, match="Nobody matches"):
        start_bulk(uow, EnableMany(people=Selection(matching=PeopleWish(text="nobody at all"))))


def test_cancelled_between_two_batches_the_rest_stays_as_it_was(
    portal: Portal, maya: User, crowd: list[User]
) -> None:
    job_id = start(portal, DisableMany(people=everybody(crowd), reason="over"), by=actor_for(maya))
    turn(portal, job_id)
    with portal.unit_of_work(actor_for(maya)) as uow:
        cancel_bulk(uow, job_id)
    job = look(portal, job_id)
    assert (job.state, job.done, job.left) == ("cancelled", BATCH, BATCH + 5)
    assert job.cancel_asked_by == maya.id
    turn(portal, job_id)  # the message that carried it comes nevertheless
    with portal.reading() as session:
        still = [user.is_active for user in (Users(session).get(person.id) for person in crowd) if user]
    assert still == [False] * BATCH + [True] * (BATCH + 5)
    assert entries(portal, "bulk.ended")[0].details["state"] == "cancelled"
    with portal.unit_of_work(actor_for(maya)) as uow, pytest.raises(BulkJobOver):
        cancel_bulk(uow, job_id)


def test_whoever_was_disabled_meanwhile_changes_nobody_any_more(
    portal: Portal, maya: User, add_person: AddPerson, crowd: list[User]
) -> None:
    noor = add_person("noor@example.org", administrator=True)
    job_id = start(portal, DisableMany(people=everybody(crowd), reason="over"), by=actor_for(noor))
    turn(portal, job_id)
    with portal.unit_of_work(actor_for(maya)) as uow:
        disable_user(uow, noor.id, DisableUser(reason="left"))
    job = turn(portal, job_id)
    assert (job.state, job.done, job.left) == ("failed", BATCH, BATCH + 5)
    assert job.problem == "noor may not do this any more."
    (failed,) = entries(portal, "bulk.failed")
    assert (failed.reason, failed.outcome, failed.details["left"]) == (
        "permission_lost",
        "failure",
        BATCH + 5,
    )


def test_nobody_starts_or_cancels_what_they_may_not_do_to_one(
    portal: Portal, maya: User, add_person: AddPerson
) -> None:
    devon = add_person("devon@example.org")
    job_id = start(portal, newcomers(3), by=actor_for(maya))
    with portal.unit_of_work(actor_for(devon)) as uow, pytest.raises(BulkForbidden):
        start_bulk(uow, newcomers(3))
    with portal.unit_of_work(actor_for(devon)) as uow, pytest.raises(BulkForbidden):
        cancel_bulk(uow, job_id)
    assert look(portal, job_id).cancel_asked_at is None


def test_no_job_takes_the_last_administrator(portal: Portal, maya: User, crowd: list[User]) -> None:
    administrators = Selection(user_ids=(maya.id,))
    for wish, code in (
        (
            TakeRoleFromMany(people=administrators, role_id=role_id(portal, "administrator")),
            "last_administrator",
        ),
        (DisableMany(people=administrators, reason="over"), "own_account"),
    ):
        job_id = start(portal, wish, by=actor_for(maya))
        turn(portal, job_id)
        assert codes(portal, job_id) == {code: 1}
    job_id = start(portal, DisableMany(people=administrators, reason="by the host"))
    turn(portal, job_id)
    assert codes(portal, job_id) == {"last_administrator": 1}
    with portal.reading() as session:
        person = Users(session).get(maya.id)
        assert person is not None
        assert person.is_active


def test_so_many_jobs_at_once_and_no_more(portal: Portal) -> None:
    for _ in range(50):
        start(portal, newcomers(1))
    with portal.unit_of_work(SYSTEM) as uow, pytest.raises(Limited):
        start_bulk(uow, newcomers(1))
