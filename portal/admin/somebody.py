"""One person, named in a form by username or email address."""

from sqlalchemy.orm import Session
from wtforms import StringField

from portal.access.schemas.fields import Reason, Until
from portal.accounts.repository import Users
from portal.accounts.schemas import Identifier, Input
from portal.accounts.services import User
from portal.admin.days import LastDayField
from portal.http.forms import S, SchemaForm
from portal.infra.errors import Invalid


class Named(Input):
    """Who, and why."""

    who: Identifier
    reason: Reason = None


class Somebody(Named):
    """Who, why, and until when."""

    expires_at: Until = None


class TermForm(SchemaForm[S]):
    """Until when something holds, and why."""

    expires_at = LastDayField("Until")
    reason = StringField("Reason")


class SomebodyForm(TermForm[Somebody]):
    """The same for a person who is named first."""

    schema = Somebody

    who = StringField("Username or email")


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
