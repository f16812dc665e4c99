"""The way back in, for whoever sits at the host: an administrator and a one-time link, whatever state both are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select

from portal.access.events import AdministratorRecovered
from portal.access.models import Role
from portal.access.repository import holdings
from portal.access.rules import ACCESS, ADMINISTRATOR
from portal.access.schemas.recovery import NewAdministrator, RecoverAdministrator
from portal.access.services import assign_role
from portal.access.services.giving import give_role_to
from portal.accounts.errors import UserNotFound
from portal.accounts.events import UserEnabled
from portal.accounts.models import MailedToken, User
from portal.accounts.repository import MailedTokens, Users
from portal.accounts.rules import RECOVERY_LIFETIME
from portal.accounts.services import create_user
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.events import changes
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

PURPOSE: Final = "recover"
DEFAULT_REASON: Final = "recovered at the host"
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Recovered:
    """The person, the path of their link, and what had to be mended."""

    user: User
    path: str
    was_disabled: bool = False


@dataclass(frozen=True)
class Candidate:
    """Somebody who administers or once did; `obstacle` says why they can't now, and is empty where they can."""

    user: User
    obstacle: str


def candidates(uow: UnitOfWork) -> Sequence[Candidate]:
    """Everybody who holds or ever held the role `administrator` and was not relieved of it, by address."""
    held = holdings(_EVER, roles=select(Role.id).where(Role.name == ADMINISTRATOR))
    query = select(User, held.c.ends_at).join(held, held.c.user_id == User.id).order_by(User.email)
    found: dict[str, Candidate] = {}
    for user, ends_at in uow.session.execute(query):
        known = found.get(user.email)
        if known is None or known.obstacle:
            found[user.email] = Candidate(user, _obstacle(user, ends_at, at=uow.now))
    return list(found.values())


def recover_administrator(uow: UnitOfWork, wish: RecoverAdministrator) -> Recovered:
    """Enable the account, give it the role without an end, end everything that was open under it, and make a link by
    which its owner sets a new password. Links made before are dead.

    Raises:
        UserNotFound: nobody is called that.
    """
    uow.lock(ACCESS)
    found = Users(uow.session).by_identifier(wish.identifier)
    user = Users(uow.session).lock(found.id) if found is not None else None
    if user is None:
        raise UserNotFound
    reason = wish.reason or DEFAULT_REASON
    was_disabled = not user.is_active
    if was_disabled:
        before = user.describe()
        user.enable(at=uow.now)
        old, new = changes(before, user.describe())
        uow.publish(UserEnabled(touched=(user.ref,), before=old, after=new, reason=reason))
    # whoever kept a session of this account must not find themselves an administrator by it
    user.end_everything(at=uow.now)
    role = uow.session.scalars(select(Role).where(Role.name == ADMINISTRATOR)).one()
    give_role_to(uow, user.ref, role, reason=reason)
    return Recovered(user, _link(uow, user, reason), was_disabled)


def new_administrator(uow: UnitOfWork, wish: NewAdministrator) -> Recovered:
    """Make an account without a password, give it the role, and a link by which its owner sets one.

    Raises:
        EmailTaken: somebody has that address; recover them instead.
    """
    uow.lock(ACCESS)
    reason = wish.reason or DEFAULT_REASON
    # the address counts as proved, as with the setup link: whoever holds the link could read the terminal of the host
    user = create_user(uow, email=wish.email, name=wish.name, password_hash=None, email_verified=True)
    assign_role(uow, ADMINISTRATOR, to=user.ref, reason=reason)
    return Recovered(user, _link(uow, user, reason))


def _link(uow: UnitOfWork, user: User, reason: str) -> str:
    MailedTokens(uow.session).replace_older(user_id=user.id, purpose=PURPOSE, at=uow.now)
    token_id = new_id()
    issued = issue(TokenKind.MAILED, token_id)
    uow.session.add(
        MailedToken(
            id=token_id,
            purpose=PURPOSE,
            digest=issued.digest,
            user_id=user.id,
            email=user.email,
            security_epoch=user.security_epoch,
            created_at=uow.now,
            expires_at=uow.now + RECOVERY_LIFETIME,
        )
    )
    uow.publish(AdministratorRecovered(touched=(user.ref,), reason=reason))
    return f"/recover/{issued.token}"


def _obstacle(user: User, ends_at: datetime | None, *, at: datetime) -> str:
    if not user.is_active:
        return "disabled"
    if ends_at is not None and ends_at <= at:
        return f"the role ended on {ends_at.date().isoformat()}"
    return "" if user.password_hash else "has no password"
