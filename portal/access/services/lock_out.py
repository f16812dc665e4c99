"""The lock-out guard: whatever changes, somebody who can open the console stays."""

from uuid import UUID

from sqlalchemy import exists, select

from portal.access.errors import LastAdministrator
from portal.access.models import GroupRole, Role
from portal.access.repository import Roles
from portal.access.repository.holdings import runs
from portal.access.rules import ADMINISTRATOR
from portal.infra.unit_of_work import UnitOfWork


def ensure_administrator_remains(uow: UnitOfWork) -> None:
    """After a change that may have taken an administrator away, and under the lock `ACCESS`.

    Somebody has to be left who is active, has a password, and holds the role `administrator`, directly or by a group,
    with no end on the way: an end that comes by itself would lock everybody out with nobody there to refuse it.

    Raises:
        LastAdministrator
    """
    if not Roles(uow.session).has_active_holder(ADMINISTRATOR, at=uow.now, for_good=True):
        raise LastAdministrator


def makes_administrators(uow: UnitOfWork, group_id: UUID) -> bool:
    """Whether members of the group are administrators by it."""
    given = (
        exists()
        .where(GroupRole.group_id == group_id, runs(GroupRole.expires_at, uow.now))
        .where(GroupRole.role_id == Role.id, Role.name == ADMINISTRATOR)
    )
    return uow.session.scalar(select(given)) is True
