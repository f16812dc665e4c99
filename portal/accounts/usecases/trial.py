"""People of a trial: put in place by the command line, with a password that its tests know."""

from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.schemas import TrialPerson
from portal.accounts.services import create_user
from portal.infra.unit_of_work import UnitOfWork


def place_person(uow: UnitOfWork, wish: TrialPerson, *, password_hash: str) -> User:
    """Whoever has the address already gets this profile and this password; everything open of theirs ends."""
    users = Users(uow.session)
    user = users.by_email(wish.email)
    if user is None:
        user = create_user(
            uow,
            email=wish.email,
            name=wish.name,
            password_hash=password_hash,
            username=wish.username,
            email_verified=True,
        )
    else:
        user.set_password(password_hash, at=uow.now)
        user.verify_email(at=uow.now)
    user.edit(wish.model_dump(), at=uow.now)
    user.phone_number_verified_at = uow.now if user.phone_number else None
    return user
