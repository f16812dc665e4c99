"""How accounts come to be, and how they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.access.repository import Roles
from portal.accounts.errors import EmailTaken, UsernameTaken
from portal.accounts.repository import Users
from portal.accounts.services import create_user
from portal.infra.actor import SYSTEM
from tests.support.crowds import at_once
from tests.support.history import history

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal


def _create(portal: Portal, email: str, username: str | None = None) -> User:
    with portal.unit_of_work(SYSTEM) as uow:
        return create_user(
            uow, email=email, name="Maya", password_hash=None, username=username, email_verified=True
        )


def test_a_new_account_has_the_default_role_and_an_entry_in_the_log(portal: Portal) -> None:
    user = _create(portal, "maya@example.org")
    with portal.reading() as database:
        assert [role.name for role in Roles(database).of_user(user.id, at=user.created_at)] == ["user"]
    (entry,) = history(portal, "user.created")
    assert entry.resource_id == user.id
    assert entry.after_state is not None
    assert entry.after_state["email"] == "maya@example.org"
    assert "password" not in str(entry.after_state)


def test_an_address_in_another_case_is_taken(portal: Portal) -> None:
    _create(portal, "maya@example.org")
    with pytest.raises(EmailTaken) as refused:
        _create(portal, "MAYA@example.org")
    assert refused.value.field == "email"


def test_a_username_in_another_case_is_taken(portal: Portal) -> None:
    _create(portal, "maya@example.org", "maya")
    with pytest.raises(UsernameTaken) as refused:
        _create(portal, "maya@example.net", "MAYA")
    assert refused.value.field == "username"


def test_derived_usernames_are_made_unique(portal: Portal) -> None:
    names = [_create(portal, f"maya@{number}.example.org").username for number in range(22)]
    assert names[:3] == ["maya", "maya2", "maya3"]
    assert len(set(names)) == 22


def test_fifty_at_once_with_one_address_make_one_account(portal: Portal) -> None:
    def create(number: int) -> bool:
        try:
            _create(portal, "maya@example.org" if number % 2 else "Maya@example.org")
        except EmailTaken:
            return False
        return True

    assert at_once(50, create).count(True) == 1
    with portal.reading() as database:
        assert Users(database).count() == 1


def test_people_are_found_by_any_spelling(portal: Portal) -> None:
    user = _create(portal, "Maya@example.org", "Maya.O")
    with portal.reading() as database:
        users = Users(database)
        found = [
            users.get(user.id),
            users.by_username("maya.o"),
            users.by_email("MAYA@EXAMPLE.ORG"),
            users.by_identifier("maya@example.org"),
            users.by_identifier("maya.o"),
        ]
        assert [person.id if person else None for person in found] == [user.id] * 5
        assert users.exists_by_email("maya@example.org")
        assert users.exists_by_username("MAYA.O")
        assert users.by_identifier("nobody") is None
