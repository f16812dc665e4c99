"""A new password by somebody who has just given the old one."""

from portal.accounts.events import PasswordChanged
from portal.accounts.models import User
from portal.accounts.services import tell_password_changed
from portal.infra.unit_of_work import UnitOfWork


def change_password(uow: UnitOfWork, user: User, *, password_hash: str) -> None:
    """Every session, code and token made under the old one ends; the door opens a new session for this browser."""
    user.set_password(password_hash, at=uow.now)
    uow.publish(PasswordChanged(touched=(user.ref,)))
    tell_password_changed(uow, user)
