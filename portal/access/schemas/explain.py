"""A question to the resolver, as somebody types it."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from portal.access.rules.conditions import Context
from portal.access.rules.conditions.values import address_of
from portal.access.schemas.fields import Action
from portal.accounts.schemas import Identifier, Input, OneLine


def _moment(value: object) -> object:
    """As a date field sends it, without a zone, which is then UTC; or as RFC 3339 writes it."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("Enter a moment like 2026-11-23T08:30") from None
    if not 1970 < moment.year < 2200:
        raise ValueError("Enter a moment of this century")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _address(text: str) -> str:
    address = address_of(text)
    if address is None:
        raise ValueError("Enter an address like 192.0.2.7 or 2001:db8::7")
    return str(address)


def _words(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


class Circumstances(Input):
    """What is known of the request; what is not given is not known."""

    at: Annotated[datetime, BeforeValidator(_moment)] | None = None
    ip: Annotated[str, Field(max_length=45), AfterValidator(_address)] | None = None
    client: Annotated[str, Field(max_length=100), OneLine] | None = None
    amr: Annotated[
        tuple[Annotated[str, Field(max_length=20)], ...], BeforeValidator(_words), Field(max_length=10)
    ] = ()
    acr: Annotated[str, Field(max_length=100), OneLine] | None = None

    def context(self, *, now: datetime) -> Context:
        """For the resolver."""
        return Context(now=self.at or now, ip=self.ip, client=self.client, amr=self.amr or None, acr=self.acr)


class ResourceQuestion(Input):
    """What somebody would do to what."""

    verb: Action
    resource: Annotated[str, Field(min_length=1, max_length=100), OneLine]


class Explain(Circumstances, ResourceQuestion):
    """May that person do this, under these circumstances?"""

    who: Identifier
