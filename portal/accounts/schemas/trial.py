"""People of a trial, with a password that its tests know beforehand."""

from typing import Annotated

from pydantic import Field

from portal.accounts.schemas.fields import Email
from portal.accounts.schemas.people import Profile


class TrialPerson(Profile):
    """Somebody whose every claim has a value, and is verified where it can be."""

    email: Email
    password: Annotated[str, Field(min_length=8, max_length=1024, repr=False)]
