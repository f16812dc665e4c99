"""What conditions are held against: the person, the resource and the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from enum import Enum
from typing import Final, TypeAlias

from pydantic import JsonValue

from portal.access.rules.conditions.values import address_of, zone_of
from portal.access.rules.conditions.vocabulary import WEEKDAYS

Json: TypeAlias = JsonValue
Value: TypeAlias = Json | datetime | date | time


class Missing(Enum):
    """Nothing is known; None is a value that JSON has, and means the same here."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, kw_only=True)
class Context:
    """The request, as far as it is known; None is not known."""

    now: datetime
    ip: str | None = None
    amr: tuple[str, ...] | None = None
    acr: str | None = None
    auth_time: datetime | None = None
    client: str | None = None

    def look_up(self, name: str, zone: tzinfo = UTC) -> Value | Missing:
        """The value of `context.<name>`."""
        local = self.now.astimezone(zone)
        known: Value = None
        match name:
            case "time":
                known = time(local.hour, local.minute)
            case "weekday":
                known = WEEKDAYS[local.weekday()]
            case "date":
                known = local.date()
            case "now":
                known = self.now
            case "ip":
                address = address_of(self.ip) if self.ip else None
                known = str(address) if address else None
            case "amr":
                known = list(self.amr) if self.amr is not None else None
            case "acr":
                known = self.acr
            case "auth_age_seconds":
                known = int((self.now - self.auth_time).total_seconds()) if self.auth_time else None
            case "client":
                known = self.client
        return MISSING if known is None else known


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`subject` and `resource` map the name after the dot to what is known."""

    context: Context
    subject: Mapping[str, Value] = field(default_factory=dict)
    resource: Mapping[str, Value] = field(default_factory=dict)

    def look_up(self, attribute: str, timezone: object = None) -> Value | Missing:
        """What is known of the attribute, in that time zone where it matters."""
        root, _, name = attribute.partition(".")
        if root == "context":
            zone = UTC if timezone is None else zone_of(timezone) if isinstance(timezone, str) else None
            return MISSING if zone is None else self.context.look_up(name, zone)
        known = {"subject": self.subject, "resource": self.resource}.get(root, {}).get(name)
        return MISSING if known is None else known


def plain(value: Value | Missing) -> Json:
    """The value as JSON has it; what is missing is null."""
    if isinstance(value, Missing):
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value
