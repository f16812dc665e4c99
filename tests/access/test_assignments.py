"""Roles for people: given, changed, taken, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from portal.access.errors import ChangedMeanwhile, NotHeld, RoleNotFound, TooMuchToGive
from portal.access.models import AccessEpoch, UserRole
from portal.access.repository import Roles
from portal.access.schemas import ChangeTerm, EditRole, GiveRole, SetUserAttributes
from portal.access.services import assign_role
from portal.access.services.facts import version_of
from portal.access.usecases.assignments import change_role, give_role, set_user_attributes, take_role
from portal.access.usecases.roles import edit_role
from portal.accounts.errors import UserNotFound
from portal.accounts.repository import Users
from portal.infra.errors import Invalid
from portal.infra.ids import new_id

if TYPE_CHECKING:
    from tests.access.conftest import AddPerson, House
    from tests.support.portals import MovableClock


def epoch(house: House) -> int:
    with house.portal.reading() as session:
        return session.scalar(select(AccessEpoch.value)) or 0


def test_a_role_is_given_changed_and_taken_and_all_of_it_told(house: House, add_person: AddPerson) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer")
    end = house.portal.ports.clock.now() + timedelta(days=9)
    before = epoch(house)
    with house.acting(house.ada) as uow:
        give_role(uow, maya.id, GiveRole(role_id=role.id, expires_at=end, reason="on call"))
    with house.acting(house.ada) as uow:
        change_role(uow, maya.id, role.id, ChangeTerm(reason="stays"))
    with house.acting(house.ada) as uow:
        take_role(uow, maya.id, role.id, reason="moved on")
    told = house.told("role.assign", "role.unassign")[-3:]
    timed = {"role": "deployer", "expires_at": end.isoformat()}
    endless = {"role": "deployer", "expires_at": None}
    assert [(one.action, one.before_state, one.after_state, one.reason) for one in told] == [
        ("role.assigned", None, timed, "on call"),
        ("role.assignment_changed", timed, endless, "stays"),
        ("role.unassigned", endless, None, "moved on"),
    ]
    assert [subject.resource_id for subject in told[0].subjects] == [maya.id, role.id]
    assert epoch(house) == before + 3


def test_giving_again_changes_the_end_and_nothing_else(house: House, add_person: AddPerson) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer")
    end = house.portal.ports.clock.now() + timedelta(days=9)
    house.give(maya, role)
    house.give(maya, role)
    house.give(maya, role, expires_at=end)
    told = [one.action for one in house.told("role.assign") if one.user_id == maya.id]
    assert told == ["role.assigned", "role.assigned", "role.assignment_changed"]


def test_what_has_ended_can_be_given_anew(house: House, add_person: AddPerson, clock: MovableClock) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer")
    house.give(maya, role, expires_at=clock.now() + timedelta(days=1))
    clock.advance(days=2)
    with pytest.raises(NotHeld), house.acting() as uow:
        change_role(uow, maya.id, role.id, ChangeTerm())
    house.give(maya, role)
    with house.acting() as uow:
        assign_role(uow, "auditor", to=maya.ref, expires_at=uow.now + timedelta(days=1))
    clock.advance(days=2)
    with house.acting() as uow:
        assign_role(uow, "auditor", to=maya.ref)
    with house.portal.reading() as session:
        held = [role.name for role in Roles(session).of_user(maya.id, at=clock.now())]
        rows = session.scalars(select(UserRole).where(UserRole.user_id == maya.id)).all()
    assert held == ["auditor", "deployer", "user"]
    assert len(rows) == 3


def test_an_end_lies_ahead(house: House, add_person: AddPerson) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer")
    with pytest.raises(Invalid) as refused:
        house.give(maya, role, expires_at=house.portal.ports.clock.now())
    assert refused.value.field == "expires_at"
    house.give(maya, role)
    with pytest.raises(Invalid), house.acting() as uow:
        change_role(uow, maya.id, role.id, ChangeTerm(expires_at=uow.now - timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2031-12-24", datetime(2031, 12, 24, 23, 59, 59, tzinfo=UTC)),
        (" 2031-12-24T18:00+02:00 ", datetime(2031, 12, 24, 16, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_a_day_ends_with_its_last_second(text: str | None, moment: datetime | None) -> None:
    assert ChangeTerm.model_validate({"expires_at": text}).expires_at == moment


@pytest.mark.parametrize(
    "text", ["tomorrow", "2031-13-01", "2031-12-24T18:00", "99999-01-01", "2500-01-01", "١٢"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="Enter a day"):
        ChangeTerm.model_validate({"expires_at": text})


def test_who_or_what_is_gone_is_not_found(house: House, add_person: AddPerson) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer")
    with pytest.raises(UserNotFound), house.acting() as uow:
        give_role(uow, new_id(), GiveRole(role_id=role.id))
    with pytest.raises(RoleNotFound), house.acting() as uow:
        give_role(uow, maya.id, GiveRole(role_id=new_id()))
    with pytest.raises(NotHeld, match="maya does not hold"), house.acting() as uow:
        take_role(uow, maya.id, role.id)


@pytest.mark.parametrize("name", ["administrator", "auditor"])
def test_nobody_gives_themselves_or_others_more_than_they_have(
    house: House, add_person: AddPerson, name: str
) -> None:
    """Who may update roles gives roles, but no way up leads over that."""
    helper, maya = add_person("helper@example.org"), add_person("maya@example.org")
    house.give(helper, house.role("helper", role=["admin"], user=["admin"]))
    powerful = house.built_in(name)
    for person in (helper, maya):
        with pytest.raises(TooMuchToGive, match="which you may not do yourself"), house.acting(helper) as uow:
            give_role(uow, person.id, GiveRole(role_id=powerful.id))
    house.give(maya, powerful)
    with pytest.raises(TooMuchToGive), house.acting(helper) as uow:
        take_role(uow, maya.id, powerful.id)
    with pytest.raises(TooMuchToGive), house.acting(helper) as uow:
        change_role(uow, maya.id, powerful.id, ChangeTerm(expires_at=uow.now + timedelta(days=1)))


def test_what_they_have_they_give(house: House, add_person: AddPerson) -> None:
    helper, maya = add_person("helper@example.org"), add_person("maya@example.org")
    house.give(helper, house.role("helper", role=["update"], user=["admin"], ship=["create"]))
    for role in (house.role("reader", user=["read", "delete"]), house.role("shipper", ship=["create"])):
        with house.acting(helper) as uow:
            give_role(uow, maya.id, GiveRole(role_id=role.id))
    with pytest.raises(TooMuchToGive), house.acting(helper) as uow:
        give_role(uow, maya.id, GiveRole(role_id=house.role("captain", ship=["admin"]).id))


def test_an_administrator_gives_what_apps_ask_for(house: House, add_person: AddPerson) -> None:
    maya, role = add_person("maya@example.org"), house.role("captain", ship=["admin"])
    for given in (role, house.built_in("administrator")):
        with house.acting(house.ada) as uow:
            give_role(uow, maya.id, GiveRole(role_id=given.id))
    with house.acting(maya) as uow:
        take_role(uow, house.ada.id, house.built_in("administrator").id)


def test_the_owner_of_a_role_gives_it_but_opens_no_room_of_the_portal(
    house: House, add_person: AddPerson
) -> None:
    owner, maya = add_person("owner@example.org"), add_person("maya@example.org")
    app, room = house.role("captain", ship=["admin"]), house.role("reader", audit=["read"])
    with house.acting() as uow:
        for role in (app, room):
            edit_role(uow, role.id, EditRole(name=role.name, owner="owner"))
    with house.acting(owner) as uow:
        give_role(uow, maya.id, GiveRole(role_id=app.id))
    with pytest.raises(TooMuchToGive), house.acting(owner) as uow:
        give_role(uow, maya.id, GiveRole(role_id=room.id))


def test_attributes_are_told_and_nobody_sets_their_own(house: House, add_person: AddPerson) -> None:
    helper = add_person("helper@example.org")
    house.give(helper, house.role("helper", user=["admin"]))
    form = SetUserAttributes.model_validate({"attributes": '{"department": "ships", "level": 3}'})
    with house.acting(helper) as uow:
        set_user_attributes(uow, house.ada.id, form, if_unchanged=version_of({}))
    with pytest.raises(TooMuchToGive), house.acting(helper) as uow:
        set_user_attributes(uow, helper.id, form)
    with pytest.raises(ChangedMeanwhile), house.acting(house.ada) as uow:
        set_user_attributes(uow, house.ada.id, SetUserAttributes(), if_unchanged=version_of({}))
    before = epoch(house)
    with house.acting(house.ada) as uow:
        set_user_attributes(uow, house.ada.id, SetUserAttributes())
    entry = house.told("user.attributes_set")[-1]
    assert entry.before_state == {"attributes": {"department": "ships", "level": 3}}
    assert entry.after_state == {"attributes": {}}
    assert epoch(house) == before + 1
    with house.portal.reading() as session:
        assert [user.attributes for user in [Users(session).get(house.ada.id)] if user] == [None]
    with pytest.raises(UserNotFound), house.acting() as uow:
        set_user_attributes(uow, new_id(), form)
