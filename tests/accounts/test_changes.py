"""What people and operators change of an account, and what the log then knows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from portal.accounts.errors import UsernameTaken, UserNotFound
from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser, Profile, ThemeChoice
from portal.accounts.usecases.edit_profile import choose_theme, edit_profile
from portal.accounts.usecases.manage_users import disable_user, enable_user
from portal.audit.repository import Entry
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from tests.support.history import history

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from portal.bootstrap import Portal

    AddPerson = Callable[..., User]

LEFT = DisableUser(reason="left the company")


def _newest_entry(portal: Portal) -> Entry:
    return history(portal)[-1]


def _edit(portal: Portal, user: User, **fields: object) -> User:
    wish = Profile.model_validate({"name": user.name, "username": user.username, **fields})
    with portal.unit_of_work(SYSTEM) as uow:
        return edit_profile(uow, user.id, wish)


def test_an_edit_keeps_both_sides_of_what_changed(portal: Portal, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org", name="Maya Okafor")
    _edit(portal, maya, nickname="May", birthdate="1984-02-29", zoneinfo="Europe/Amsterdam")
    after = _edit(portal, maya, nickname="Em", birthdate="1984-02-29")
    entry = _newest_entry(portal)
    assert entry.action == "user.profile_edited"
    assert entry.before_state == {"nickname": "May", "zoneinfo": "Europe/Amsterdam"}
    assert entry.after_state == {"nickname": "Em", "zoneinfo": None}
    assert after.birthdate == date(1984, 2, 29)


def test_an_edit_that_changes_nothing_is_no_event(portal: Portal, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    before = _newest_entry(portal).id
    _edit(portal, maya)
    assert _newest_entry(portal).id == before


def test_a_username_moves_only_to_a_free_one(portal: Portal, add_person: AddPerson) -> None:
    maya, noor = add_person("maya@example.org"), add_person("noor@example.org")
    assert _edit(portal, maya, username="Maya").username == "Maya"
    with pytest.raises(UsernameTaken):
        _edit(portal, noor, username="MAYA")
    assert _edit(portal, maya, username="emmy").username == "emmy"
    assert _edit(portal, noor, username="maya").username == "maya"


def test_an_edit_touches_neither_address_nor_proof_nor_password(
    portal: Portal, add_person: AddPerson
) -> None:
    maya = add_person("maya@example.org")
    after = _edit(portal, maya, name="Someone Else")
    assert (after.email, after.email_verified_at, after.password_hash, after.security_epoch) == (
        maya.email, maya.email_verified_at, maya.password_hash, maya.security_epoch,
    )  # fmt: skip


def test_the_theme_stays_with_the_account(portal: Portal, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    themes = []
    for theme in ("dark", "light", "system"):
        with portal.unit_of_work(SYSTEM) as uow:
            choose_theme(uow, maya.id, ThemeChoice.model_validate({"theme": theme}))
        with portal.reading() as database:
            user = Users(database).get(maya.id)
            themes.append(user.theme if user else "gone")
    assert themes == ["dark", "light", None]


def test_a_disabled_account_is_shut_and_its_past_ended(portal: Portal, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    with portal.unit_of_work(SYSTEM) as uow:
        disabled = disable_user(uow, maya.id, LEFT)
    assert not disabled.is_active
    assert disabled.security_epoch == maya.security_epoch + 1
    entry = _newest_entry(portal)
    assert (entry.action, entry.reason) == ("user.disabled", "left the company")
    assert entry.before_state == {"is_active": True, "disabled_reason": None}
    assert entry.after_state == {"is_active": False, "disabled_reason": "left the company"}


def test_an_enabled_account_is_open_and_its_past_stays_ended(portal: Portal, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    with portal.unit_of_work(SYSTEM) as uow:
        epoch = disable_user(uow, maya.id, LEFT).security_epoch
    with portal.unit_of_work(SYSTEM) as uow:
        enabled = enable_user(uow, maya.id)
    assert enabled.is_active
    assert enabled.disabled_reason is None
    assert enabled.security_epoch == epoch


def test_doing_it_twice_is_one_event(portal: Portal, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, maya.id, LEFT)
    first = _newest_entry(portal).id
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, maya.id, LEFT)
    assert _newest_entry(portal).id == first


def test_nobody_can_not_be_changed(portal: Portal) -> None:
    for act in (
        lambda uow: disable_user(uow, new_id(), LEFT),
        lambda uow: enable_user(uow, new_id()),
        lambda uow: edit_profile(uow, new_id(), Profile(name="Maya", username="maya")),
        lambda uow: choose_theme(uow, new_id(), ThemeChoice(theme="dark")),
    ):
        with pytest.raises(UserNotFound), portal.unit_of_work(SYSTEM) as uow:
            act(uow)
