"""What follows in `access` from events of the features below."""

from typing import Final

from portal.access.errors import LastAdministrator, OwnAccount
from portal.access.repository import Roles
from portal.access.rules import ADMINISTRATOR, DEFAULT_ROLE
from portal.access.services import assign_role
from portal.accounts.events import UserCreated, UserDisabled
from portal.infra.unit_of_work import UnitOfWork

ADMINISTRATORS: Final = "access.administrators"
"""The lock of whoever takes an administrator away: how many are left is counted under it."""


def give_default_role(uow: UnitOfWork, event: UserCreated) -> None:
    """Every new account holds the role `user`, from the same transaction on."""
    assign_role(uow, DEFAULT_ROLE, to=event.touched[0], reason="default role of new accounts")


def keep_an_administrator(uow: UnitOfWork, event: UserDisabled) -> None:
    """Whoever is disabled, somebody who can mend it stays; two who disable each other at once can't both win.

    Raises:
        OwnAccount, LastAdministrator: and with them nothing has happened.
    """
    user_id = event.touched[0].id
    if user_id == uow.actor.id:
        raise OwnAccount
    uow.lock(ADMINISTRATORS)
    roles = Roles(uow.session)
    administers = any(role.name == ADMINISTRATOR for role in roles.of_user(user_id, at=uow.now))
    if administers and not roles.has_active_holder(ADMINISTRATOR, at=uow.now):
        raise LastAdministrator
