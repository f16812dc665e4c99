"""What people say of themselves."""

from uuid import UUID

from portal.accounts.errors import UsernameTaken, UserNotFound
from portal.accounts.events import ProfileEdited
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.schemas import Profile, ThemeChoice
from portal.accounts.services import IDENTIFIERS
from portal.infra.events import changes
from portal.infra.unit_of_work import UnitOfWork


def edit_profile(uow: UnitOfWork, user_id: UUID, wish: Profile) -> User:
    """Apps see the new claims from their next token or userinfo answer on. The address is not among them: see recovery.

    Raises:
        UserNotFound, UsernameTaken
    """
    users = Users(uow.session)
    user = users.get(user_id)
    if user is None:
        raise UserNotFound
    if wish.username.lower() != user.username.lower():
        uow.lock(IDENTIFIERS)
        if users.exists_by_username(wish.username):
            raise UsernameTaken
    before = user.describe()
    user.edit(wish.model_dump(), at=uow.now)
    old, new = changes(before, user.describe())
    if new:
        uow.publish(ProfileEdited(touched=(user.ref,), before=old, after=new))
    return user


def choose_theme(uow: UnitOfWork, user_id: UUID, wish: ThemeChoice) -> None:
    """Remembered with the account, so that another browser looks the same. Nothing that a log needs to know."""
    user = Users(uow.session).get(user_id)
    if user is None:
        raise UserNotFound
    user.theme = None if wish.theme == "system" else wish.theme
