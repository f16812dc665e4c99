"""One person, named by username or email address, as people name one another."""

from typing import Final

from sqlalchemy.orm import Session

from portal.access.schemas.fields import Reason, Until
from portal.accounts.repository import Users
from portal.accounts.schemas import Identifier, Input
from portal.accounts.services import User
from portal.infra.errors import Invalid
from portal.infra.rate_limit import Rule

GUESSES: Final = Rule(60, seconds=3600)
"""Names that who may not see all accounts can try: enough for a team, too few to find out who has one."""


class Named(Input):
    """Who, and why."""

    who: Identifier
    reason: Reason = None


class Somebody(Named):
    """Who, why, and until when."""

    expires_at: Until = None


class NobodyThere(Invalid):
    """A name that nobody has: most likely a slip of the pen."""

    code = "nobody_there"

    def __init__(self) -> None:
        super().__init__("No account has exactly this username or email address.", field="who")


def find(session: Session, who: str) -> User:
    """The person of that name.

    Raises:
        NobodyThere
    """
    user = Users(session).by_identifier(who)
    if user is None:
        raise NobodyThere
    return user
