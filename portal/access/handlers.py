"""What follows in `access` from events of the features below."""

from portal.access.rules import DEFAULT_ROLE
from portal.access.services import assign_role
from portal.accounts.events import UserCreated
from portal.infra.unit_of_work import UnitOfWork


def give_default_role(uow: UnitOfWork, event: UserCreated) -> None:
    """Every new account holds the role `user`, from the same transaction on."""
    assign_role(uow, DEFAULT_ROLE, to=event.touched[0], reason="default role of new accounts")
