"""What people send about themselves, and operators about them: parsed, folded and judged once, here."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.accounts.schemas.fields import (
    Birthdate,
    Email,
    Gender,
    Identifier,
    Language,
    Name,
    NewPasswordText,
    OneLine,
    Password,
    PhoneNumber,
    PostalCode,
    ShortText,
    Street,
    Theme,
    TimeZone,
    Username,
    WebAddress,
)


class Input(BaseModel):
    """What all inputs share: nothing unasked for, nothing that changes later, no value in an error text."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SignUp(Input):
    """A wish for an account. The password is judged with the name and the address in mind, so it comes last."""

    name: Name
    email: Email
    password: NewPasswordText


class Register(Input):
    """The same from a program, with a username of the person's own choice (contracts: the fixed operations)."""

    username: Username
    email: Email
    password: NewPasswordText


class Whose(Input):
    """Who wants in: an address or a username, in any spelling, folded."""

    identifier: Identifier


class SignIn(Whose):
    """An attempt to sign in."""

    password: Password


class LogIn(Input):
    """The same from a program; its `username` may be an address too."""

    username: Identifier
    password: Password


class EmailCode(Input):
    """The six digits of a mail, however they were grouped."""

    code: Annotated[
        str, Field(max_length=40, repr=False), AfterValidator(lambda text: re.sub(r"[\s-]", "", text))
    ]


class ChosenPassword(Input):
    """The password that was chosen at sign-up, given again in another browser."""

    password: Password


class Recover(Input):
    """A wish for a recovery link."""

    email: Email


class NewPassword(Input):
    """A new password by a recovery link."""

    password: NewPasswordText


class PasswordChange(Input):
    """A new password by someone who knows the old one."""

    current_password: Password
    new_password: NewPasswordText


class NewEmail(Input):
    """Another address."""

    email: Email


class EmailChange(NewEmail):
    """The same by someone who knows the password."""

    current_password: Password


class Profile(Input):
    """What people say of themselves: the standard claims of OpenID Connect Core section 5.1."""

    name: Name
    username: Username
    given_name: ShortText = None
    family_name: ShortText = None
    middle_name: ShortText = None
    nickname: ShortText = None
    profile: WebAddress = None
    picture: WebAddress = None
    website: WebAddress = None
    gender: Gender = None
    birthdate: Birthdate = None
    zoneinfo: TimeZone = None
    locale: Language = None
    phone_number: PhoneNumber = None
    street_address: Street = None
    locality: ShortText = None
    region: ShortText = None
    postal_code: PostalCode = None
    country: ShortText = None


class ThemeChoice(Input):
    """Light, dark, or as the system is."""

    theme: Theme


class StateReason(Input):
    """An operator does something to somebody else's account, and says why."""

    reason: Annotated[str, Field(min_length=1, max_length=300), OneLine]


class DisableUser(StateReason):
    """An operator shuts somebody out."""


class ExportUsers(Input):
    """A wish for a file of people."""

    format: Literal["csv", "jsonl"] = "csv"


class AddUser(Input):
    """Somebody gets an account from an operator: without a password, which only they ever set."""

    email: Email
    name: Name
    username: Username | None = None
    given_name: ShortText = None
    family_name: ShortText = None


class InviteUser(AddUser):
    """The same from a form, and whether a mail goes out."""

    invite: bool = False


class ImportUsers(Input):
    """A file of people as text; an uploaded one is read beside it."""

    text: Annotated[str, Field(max_length=4_000_000)] = ""
    invite: bool = False
