"""Values in conditions, read from their texts: moments, dates, times of day, networks, time zones."""

import re
from datetime import date, datetime, time, tzinfo
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

TIME_PATTERN: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
DATE_PATTERN: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
MOMENT_PATTERN: Final = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
ZONE_PATTERN: Final = r"^[A-Z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+){0,2}$"

Network = IPv4Network | IPv6Network


def time_of(text: str) -> time | None:
    """`08:30`, a time of day without seconds."""
    if not re.search(TIME_PATTERN, text) or len(text) != 5:
        return None
    return time(int(text[:2]), int(text[3:]))


def date_of(text: str) -> date | None:
    """`2026-11-23`."""
    if len(text) != 10 or not re.search(DATE_PATTERN, text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def moment_of(text: str) -> datetime | None:
    """`2026-11-23T08:30:00Z`: with its offset from UTC, as in RFC 3339; one without says nothing."""
    if text.endswith("\n") or not re.search(MOMENT_PATTERN, text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def network_of(text: str) -> Network | None:
    """`10.0.0.0/8`, `2001:db8::/32`, or a single address."""
    try:
        return ip_network(text) if "%" not in text else None
    except ValueError:
        return None


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """An address; one of IPv4 that came as IPv6 is the one of IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=128)
def zone_of(name: str) -> tzinfo | None:
    """A zone of the IANA database; never a path into the file system."""
    if not re.search(ZONE_PATTERN, name) or name.endswith("\n"):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
