"""Forms in which an operator names somebody."""

from wtforms import StringField

from portal.admin.days import LastDayField
from portal.http.forms import S, SchemaForm
from portal.http.somebody import Named, NobodyThere, Somebody, find

__all__ = ["Named", "NobodyThere", "Somebody", "SomebodyForm", "TermForm", "find"]


class TermForm(SchemaForm[S]):
    """Until when something holds, and why."""

    expires_at = LastDayField("Until")
    reason = StringField("Reason")


class SomebodyForm(TermForm[Somebody]):
    """The same for a person who is named first."""

    schema = Somebody

    who = StringField("Username or email")
