"""How accounts come to be, and how they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.access.repository import Roles
from portal.accounts.errors import EmailTaken, UsernameTaken
from portal.accounts.repository import Users
from portal.accounts.services import create_user
from portal.audit.models import AuditLog
from portal.infra.actor import SYSTEM
from tests.support.crowds import at_once

if TYPE_CHECKING:
    from collections.abc import Callable

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
        entry = database.scalars(select(AuditLog).where(AuditLog.action == "user.created")).one()
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


def test_the_list_goes_back_and_forth_in_pages(portal: Portal) -> None:
    names = [_create(portal, f"p{number:02}@example.org").username for number in range(7)][::-1]
    with portal.reading() as database:
        users = Users(database)
        first = users.page(size=3)
        second = users.page(size=3, before=first.older)
        third = users.page(size=3, before=second.older)
        back = users.page(size=3, after=third.newer)
    assert [user.username for page in (first, second, third) for user in page.items] == names
    assert (first.newer, third.older) == (None, None)
    assert [user.id for user in back.items] == [user.id for user in second.items]


@pytest.mark.parametrize("search", ["okafor", "MAYA.O", "Maya@Exam", " okafor "])
def test_the_list_is_searched_by_name_username_and_address(
    portal: Portal, add_person: Callable[..., User], search: str
) -> None:
    add_person("maya.o@example.org", name="Maya Okafor")
    if search != "Maya@Exam":
        add_person("noor@example.org", name="Noor Haddad")
    else:
        add_person("maya@example.org", name="Maya Two")
    with portal.reading() as database:
        found = Users(database).page(search=search).items
    assert len(found) == 1


@pytest.mark.parametrize("search", ["%", "_", "100%", "\\", "'; --", "\0zz"])
def test_a_search_is_text_and_no_pattern(
    portal: Portal, add_person: Callable[..., User], search: str
) -> None:
    add_person("maya@example.org", name="Maya Okafor")
    with portal.reading() as database:
        assert Users(database).page(search=search).items == []


def test_the_list_is_filtered_by_state(portal: Portal, add_person: Callable[..., User]) -> None:
    add_person("active@example.org")
    disabled = add_person("disabled@example.org")
    with portal.unit_of_work(SYSTEM) as uow:
        create_user(uow, email="new@example.org", name="New", password_hash=None, email_verified=False)
        person = Users(uow.session).lock(disabled.id)
        assert person is not None
        person.disable(reason="left", at=uow.now)
    with portal.reading() as database:
        users = Users(database)
        assert [user.username for user in users.page(state="active").items] == ["active"]
        assert [user.username for user in users.page(state="disabled").items] == ["disabled"]
        assert [user.username for user in users.page(state="unverified").items] == ["new"]
