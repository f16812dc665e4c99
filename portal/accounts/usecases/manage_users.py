"""What operators do to accounts. Whoever must not lose their last administrator follows these events, inside."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete

from portal.accounts.errors import UserNotFound
from portal.accounts.events import PasswordSet, UserDeleted, UserDisabled, UserEnabled, UsersExported
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.rules import ACCESS
from portal.accounts.schemas import DisableUser, StateReason
from portal.accounts.services import tell_password_changed
from portal.infra.events import changes
from portal.infra.unit_of_work import UnitOfWork


def disable_user(uow: UnitOfWork, user_id: UUID, wish: DisableUser) -> User:
    """Shut every door and end all that is open (`security_epoch`). Nothing happens to who is disabled already.

    Raises:
        UserNotFound
    """
    uow.lock(ACCESS)
    user = _get(uow, user_id)
    if user.is_active:
        before = user.describe()
        user.disable(reason=wish.reason, at=uow.now)
        old, new = changes(before, user.describe())
        uow.publish(UserDisabled(touched=(user.ref,), before=old, after=new, reason=wish.reason))
    return user


def enable_user(uow: UnitOfWork, user_id: UUID) -> User:
    """Open the doors again. What had ended stays ended.

    Raises:
        UserNotFound
    """
    user = _get(uow, user_id)
    if not user.is_active:
        before = user.describe()
        user.enable(at=uow.now)
        old, new = changes(before, user.describe())
        uow.publish(UserEnabled(touched=(user.ref,), before=old, after=new))
    return user


def set_password(uow: UnitOfWork, user_id: UUID, *, password_hash: str) -> User:
    """Give an account another password; all that was open under the old one ends, and its owner hears of it.

    For whoever sits at the host: an operator of the console never sets a password, and sends a link instead.

    Raises:
        UserNotFound
    """
    user = _get(uow, user_id)
    user.set_password(password_hash, at=uow.now)
    uow.publish(PasswordSet(touched=(user.ref,)))
    tell_password_changed(uow, user)
    return user


def delete_user(uow: UnitOfWork, user_id: UUID, wish: StateReason) -> None:
    """The account goes, with its sessions, grants, roles and memberships. What the log says of the person stays, until
    somebody erases that too.

    It is disabled first: whoever must keep an administrator, and every app that has to hear of the end, follow that.

    Raises:
        UserNotFound
    """
    user = disable_user(uow, user_id, DisableUser(reason=wish.reason))
    uow.publish(UserDeleted(touched=(user.ref,), before=user.describe(), reason=wish.reason))
    uow.session.flush()
    uow.session.expunge(user)
    uow.session.execute(delete(User).where(User.id == user_id))


def note_export(uow: UnitOfWork, *, filters: Mapping[str, str], file_format: str, count: int) -> None:
    """Somebody is about to get a file of so many people."""
    details = {"filter": dict(filters), "format": file_format, "people": count}
    uow.publish(UsersExported(details=details))


def _get(uow: UnitOfWork, user_id: UUID) -> User:
    user = Users(uow.session).lock(user_id)
    if user is None:
        raise UserNotFound
    return user
