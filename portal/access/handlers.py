"""What follows in `access` from events of the features below."""

from typing import Final

from sqlalchemy import insert, update

from portal.access.errors import OwnAccount
from portal.access.events import AccessChanged
from portal.access.models import AccessEpoch
from portal.access.repository import Roles
from portal.access.repository.stewards import Stewards
from portal.access.rules import ACCESS, ADMINISTRATOR, DEFAULT_ROLE
from portal.access.services import assign_role
from portal.access.services.lock_out import ensure_administrator_remains
from portal.accounts.events import UserCreated, UserDisabled
from portal.audit.events import ChainBroken
from portal.audit.rules.verdicts import Problem
from portal.infra.unit_of_work import UnitOfWork

MOST_ALARMED: Final = 20


def give_default_role(uow: UnitOfWork, event: UserCreated) -> None:
    """Every new account holds the role `user`, from the same transaction on."""
    assign_role(uow, DEFAULT_ROLE, to=event.touched[0], reason="default role of new accounts", is_new=True)


def keep_an_administrator(uow: UnitOfWork, event: UserDisabled) -> None:
    """Whoever is disabled, somebody who can mend it stays; two who disable each other at once can't both win.

    Raises:
        OwnAccount, LastAdministrator: and with them nothing has happened.
    """
    user_id = event.touched[0].id
    if user_id == uow.actor.id:
        raise OwnAccount
    uow.lock(ACCESS)
    if any(role.name == ADMINISTRATOR for role in Roles(uow.session).of_user(user_id, at=uow.now)):
        ensure_administrator_remains(uow)


def raise_epoch(uow: UnitOfWork, event: AccessChanged) -> None:
    """Every node sees the change and its number together, on its next request."""
    if event.is_new:
        return
    raised = uow.session.execute(
        update(AccessEpoch)
        .where(AccessEpoch.id == 1)
        .values(value=AccessEpoch.value + 1)
        .returning(AccessEpoch.value)
    ).first()
    if raised is None:
        uow.session.execute(insert(AccessEpoch).values(id=1, value=1))


def alarm_readers(uow: UnitOfWork, event: ChainBroken) -> None:
    """A mail to whoever may read the log, and to the address that gets its checkpoints: somebody else than those who
    work in the database should know.
    """
    settings = uow.ports.settings
    readers = Stewards(uow.session).permitted("read", "audit", at=uow.now, most=MOST_ALARMED)
    addresses = [person.email for person in readers if person.email_verified]
    if settings.audit_checkpoint_mail:
        addresses.append(settings.audit_checkpoint_mail)
    context = {
        "finding": Problem.of(dict(event.details)).text,
        "at": uow.now,
        "link": f"{settings.base_url}/admin/audit",
    }
    for address in dict.fromkeys(addresses):
        uow.ports.letters.send(uow, "history_broken", to=address, context=context)
