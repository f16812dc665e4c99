"""Rows with a past: what changes them, moments in between, and the way back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from portal.accounts.models import User
from portal.accounts.schemas import Profile
from portal.accounts.usecases.edit_profile import edit_profile
from portal.admin.history.moments import in_address
from portal.infra.actor import CLI
from tests.admin.conftest import Operator

if TYPE_CHECKING:
    from uuid import UUID

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


def act(portal: Portal, usecase: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever a use case takes
    with portal.unit_of_work(CLI) as uow:
        return usecase(uow, *given, **named)


def pause(clock: MovableClock) -> str:
    """A moment between two changes, as an address has it."""
    at = clock.advance(minutes=5)
    clock.advance(minutes=5)
    return in_address(at)


def rename(portal: Portal, person: User, name: str) -> None:
    act(portal, edit_profile, person.id, Profile(name=name, username=person.username))


def restore(operator: Operator, path: str, *, at: str, reason: str = "A slip of the hand") -> Any:  # noqa: ANN401
    """The preview, looked at, and sent with a reason."""
    address = f"{path}/restore?at={at}"
    seen = re.search(r'name="seen"[^>]* value="([^"]*)"', operator.page(address))
    assert seen is not None
    return operator.send(address, {"reason": reason, "seen": seen[1]})


def history(kind: str, row_id: UUID) -> str:
    return f"/admin/history/{kind}/{row_id}"
