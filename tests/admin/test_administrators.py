"""Somebody who can open the console always stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.access.errors import LastAdministrator
from portal.access.services import assign_role
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.audit.models import AuditLog
from portal.infra.actor import CLI, Actor
from portal.infra.errors import DomainError
from tests.admin.conftest import Operator, is_active, path_of
from tests.support.crowds import at_once

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.admin.conftest import AddPerson
    from tests.support.portals import MovableClock


def test_nobody_disables_themselves(portal: Portal, maya: Operator, add_person: AddPerson) -> None:
    add_person("other@example.org", administrator=True)
    assert f"{path_of(maya)}/disable" not in maya.page(path_of(maya))
    answer = maya.send(f"{path_of(maya)}/disable", {"reason": "tired"})
    assert answer.status_code == 422
    assert "You can&#39;t disable your own account" in answer.text
    assert is_active(portal, maya.person.id)


def test_the_last_administrator_stays(portal: Portal, maya: Operator) -> None:
    with pytest.raises(LastAdministrator), portal.unit_of_work(CLI) as uow:
        disable_user(uow, maya.person.id, DisableUser(reason="all gone"))
    assert is_active(portal, maya.person.id)


def test_an_administrator_whose_role_has_ended_does_not_count(
    portal: Portal, clock: MovableClock, maya: Operator, devon: Operator
) -> None:
    with portal.unit_of_work(CLI) as uow:
        ends_at = uow.now.replace(year=uow.now.year + 1)
        assign_role(uow, "administrator", to=devon.person.ref, expires_at=ends_at)
    clock.advance(days=367)
    with pytest.raises(LastAdministrator), portal.unit_of_work(CLI) as uow:
        disable_user(uow, maya.person.id, DisableUser(reason="all gone"))


def test_fifty_administrators_who_disable_each_other_at_once_leave_one(
    portal: Portal, add_person: Callable[..., User]
) -> None:
    ring = [add_person(f"admin{number}@example.org", administrator=True) for number in range(50)]

    def strike(number: int) -> str:
        """Each disables the next one in the ring."""
        actor = Actor(kind="user", id=ring[number].id, label=ring[number].username)
        for _ in range(20):
            try:
                with portal.unit_of_work(actor) as uow:
                    disable_user(uow, ring[(number + 1) % 50].id, DisableUser(reason="race"))
            except DomainError as refused:
                return refused.code
            except (OperationalError, PoolTimeout):
                continue  # too busy for fifty at once: an operator would press the button again
            return "done"
        return "never got in"

    outcomes = at_once(50, strike)
    with portal.reading() as session:
        left = [user for user in (Users(session).get(one.id) for one in ring) if user and user.is_active]
        told = session.scalars(select(AuditLog.action).where(AuditLog.action == "user.disabled")).all()
    assert len(left) == 1
    assert sorted(outcomes) == ["done"] * 49 + ["last_administrator"]
    assert len(told) == 49
