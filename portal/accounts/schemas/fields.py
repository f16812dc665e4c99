"""What fields of inputs about people have in common: shapes, lengths, characters, and what to say about them."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from portal.accounts.rules import (
    PasswordPolicy,
    fold_identifier,
    normal_email,
    password_problems,
    username_problems,
)

POLICY: Final = "password_policy"
"""Where a validation context holds the `PasswordPolicy`; without one the strictest default applies."""

PASSWORD_WORDS: Final = {
    "too_short": "Use a password of at least {minimum} characters",
    "too_long": "Use a shorter password, of at most 1,024 bytes",
    "unreadable": "Use a password of ordinary characters",
    "common": "Many people use this password, or one like it. Put several unrelated words together instead",
    "context": "Don't build the password from your name, your address or the name of this site",
}
USERNAME_WORDS: Final = {
    "too_short": "Use a username of at least 3 characters",
    "too_long": "Use a username of at most 50 characters",
    "characters": "Use letters, digits, dots, hyphens and underscores; begin and end with a letter or a digit",
}
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_BETWEEN_DIGITS: Final = re.compile(r"[ ()./\u00a0-]")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_OLDEST_BIRTH_YEAR: Final = 1900


def _email(text: str) -> str:
    address = normal_email(text)
    if address is None:
        raise ValueError("Enter an email address like name@example.com")
    return address


def _new_password(password: str, info: ValidationInfo) -> str:
    context: Mapping[str, Any] = info.context or {}
    policy: PasswordPolicy = context.get(POLICY, PasswordPolicy())
    policy = policy.knowing(
        *(str(info.data[field]) for field in ("username", "name", "email") if field in info.data)
    )
    problems = password_problems(password, policy)
    if problems:
        raise ValueError(PASSWORD_WORDS[problems[0]].format(minimum=policy.minimum))
    return password


def _username(text: str) -> str:
    username = text.strip()
    problems = username_problems(username)
    if problems:
        raise ValueError(USERNAME_WORDS[problems[0]])
    return username


def _one_line(value: object) -> object:
    """NFC, without space around it, and nothing that breaks a line or turns the direction of what follows."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value).strip()
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} or sign in _TURNING for sign in text):
        raise ValueError("Leave out line breaks and invisible characters")
    return text


_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or " " in text:
        raise ValueError("Enter a web address like https://example.com/me")
    return text


def _time_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("Choose a time zone from the list, like Europe/Amsterdam")
    return text


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError("Enter a language like en or pt-BR")
    return text


def _phone_number(text: str) -> str:
    """As E.164 writes it: the country first, and nothing but digits."""
    number = _BETWEEN_DIGITS.sub("", text)
    if not _E164.fullmatch(number):
        raise ValueError("Enter a phone number with its country, like +31 20 794 0800")
    return number


def _birthdate(value: date, info: ValidationInfo) -> date:
    today: date | None = (info.context or {}).get("today")
    if value.year < _OLDEST_BIRTH_YEAR or (today is not None and value > today):
        raise ValueError("Enter a date of birth in the past")
    return value


OneLine = BeforeValidator(_one_line)
"""Named after the limits of a text, so that it runs before them."""
Name = Annotated[str, Field(min_length=1, max_length=100), OneLine]
ShortText = Annotated[str, Field(max_length=100), OneLine] | None
Email = Annotated[str, Field(max_length=400), AfterValidator(_email)]
Username = Annotated[str, Field(max_length=200), AfterValidator(_username)]
NewPasswordText = Annotated[str, Field(max_length=4096, repr=False), AfterValidator(_new_password)]
Password = Annotated[str, Field(min_length=1, max_length=4096, repr=False)]
Identifier = Annotated[str, Field(min_length=1, max_length=254), OneLine, AfterValidator(fold_identifier)]
WebAddress = Annotated[str, Field(max_length=300), OneLine, AfterValidator(_web_address)] | None
Gender = Annotated[str, Field(max_length=40), OneLine] | None
Birthdate = Annotated[date, AfterValidator(_birthdate)] | None
TimeZone = Annotated[str, Field(max_length=60), AfterValidator(_time_zone)] | None
Language = Annotated[str, Field(max_length=20), AfterValidator(_language)] | None
PhoneNumber = Annotated[str, Field(max_length=40), OneLine, AfterValidator(_phone_number)] | None
Street = Annotated[str, Field(max_length=200), OneLine] | None
PostalCode = Annotated[str, Field(max_length=20), OneLine] | None
Theme = Literal["light", "dark", "system"]
