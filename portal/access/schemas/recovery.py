"""What is asked for at the host when nobody can open the console any more."""

from typing import Annotated

from pydantic import AfterValidator, Field

from portal.access.schemas.fields import Reason
from portal.accounts.rules import fold_identifier
from portal.accounts.schemas import Email, Input, Name, OneLine


class RecoverAdministrator(Input):
    """Who is to administer again: a username or an address."""

    identifier: Annotated[str, Field(min_length=1, max_length=254), OneLine, AfterValidator(fold_identifier)]
    reason: Reason = None


class NewAdministrator(Input):
    """Somebody without an account who is to administer."""

    email: Email
    name: Name
    reason: Reason = None
