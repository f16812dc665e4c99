"""An account at once, for whomever a program registers. On pages it comes to be by a mailed proof: see `sign_up`."""

from typing import Final

from portal.accounts.errors import SignUpClosed
from portal.accounts.models import User
from portal.accounts.schemas import Register
from portal.accounts.services import create_user
from portal.accounts.usecases.change_email import EMAIL_CHANGE_MAIL
from portal.infra.unit_of_work import UnitOfWork

CLOSED: Final = "closed"


def register(uow: UnitOfWork, wish: Register, *, password_hash: str) -> User:
    """Make the account, and promise a mail by which its owner proves the address.

    Whoever registers somebody else's address gains nothing that lasts: the owner takes the account by a recovery mail,
    and everything that was open in it ends with the old password (`security_epoch`).

    Raises:
        SignUpClosed: by `PORTAL_SIGN_UP` or `PORTAL_API_SIGN_UP`.
        EmailTaken, UsernameTaken: with the field named.
    """
    settings = uow.ports.settings
    if CLOSED in {settings.sign_up, settings.api_sign_up}:
        raise SignUpClosed
    user = create_user(
        uow,
        email=wish.email,
        name=wish.username,  # until they say what they are called
        username=wish.username,
        password_hash=password_hash,
        email_verified=False,
    )
    uow.enqueue(EMAIL_CHANGE_MAIL, {"user_id": str(user.id), "email": user.email})
    return user
