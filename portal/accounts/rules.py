"""What names, addresses and passwords must be like. Pure: every rule answers in words or with a value."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from zxcvbn_rs_py import zxcvbn

ACCESS: Final = "access"
"""The lock of every change of who may get in or do what: whatever is counted or forbidden of such changes is so under
it. Taken before any row is, so that two who change each other's account wait and do not deadlock.
"""
EMAIL_LENGTH: Final = 100
PASSWORD_BYTES: Final = 1024
SIGN_UP_LIFETIME: Final = timedelta(hours=1)
"""Of a code and a link that prove an address; each mail begins it anew."""
EMAIL_CHANGE_LIFETIME: Final = timedelta(hours=1)
RECOVERY_LIFETIME: Final = timedelta(minutes=30)
INVITATION_LIFETIME: Final = timedelta(days=7)
"""Nobody waits for the first mail; whoever reads it too late asks for another by "Forgot password?"."""
USERNAME_LENGTH: Final = 50
# Letters, digits and inner . _ - only: no name can look like another one, and none looks like an address.
_USERNAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_NOT_IN_USERNAMES: Final = re.compile(r"[^a-z0-9._-]+", re.ASCII)

# Portals inside a company network mail to `.local`; the validator documents this list as the place to say so.
if "local" in SPECIAL_USE_DOMAIN_NAMES:
    SPECIAL_USE_DOMAIN_NAMES.remove("local")


def normal_email(text: str) -> str | None:
    """The one form in which an address is kept, or None where it is none.

    The part before the @ stays as given and must be ASCII, so that nothing in another script folds into it
    (CVE-2019-19844); the domain is in its lower-case ASCII form (IDNA). So `lower()` compares whole addresses
    alike on every database.
    """
    if len(text) > 4 * EMAIL_LENGTH:
        return None
    try:
        found = validate_email(
            text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    address = found.ascii_email
    return address if address is not None and len(address) <= EMAIL_LENGTH else None


def fold_identifier(text: str) -> str:
    """Every spelling of an address or a username that reaches the same account, as one text.

    What the account is found by and what failures are counted by: spaces around it, case and width do not
    matter.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    return (normal_email(plain) or plain).lower() if "@" in plain else plain.lower()


def username_problems(username: str) -> list[str]:
    """`too_short`, `too_long`, `characters`; nothing for a good one."""
    problems = []
    if len(username) < 3:
        problems.append("too_short")
    if len(username) > USERNAME_LENGTH:
        problems.append("too_long")
    if username and not _USERNAME.fullmatch(username):
        problems.append("characters")
    return problems


def username_from(email: str) -> str:
    """A good username that reminds of the address; not necessarily a free one."""
    local = email.partition("@")[0].partition("+")[0].lower()
    base = _NOT_IN_USERNAMES.sub("-", local).strip("._-")[: USERNAME_LENGTH - 10].strip("._-")
    return base if len(base) >= 3 else f"user-{base}".rstrip("-")


@dataclass(frozen=True)
class PasswordPolicy:
    """What a new password must be like here. `words` are those that an attacker would try first on this person."""

    minimum: int = 15
    words: tuple[str, ...] = ()

    def knowing(self, *texts: str | None) -> Self:
        """The policy for someone whose name, address and username are these: their parts of four letters or more."""
        found = {word for text in texts if text for word in _WORD.findall(text.casefold())}
        return replace(self, words=tuple(sorted(found.union(self.words), key=len, reverse=True)))


_WORD: Final = re.compile(r"[^\W\d_]{4,}")
# An attacker who may try a hundred passwords a day needs thirty years for so many.
_TOO_FEW_GUESSES: Final = 10**6
_OWN_CHARACTERS: Final = 8


def password_problems(password: str, policy: PasswordPolicy) -> list[str]:
    """`too_short`, `too_long`, `common`, `context`; nothing for a good one.

    Length and the whole password against lists of what people choose, and nothing else: no rule of composition
    (NIST SP 800-63B-4 section 3.1.1.2). The lists are those of zxcvbn: 30,000 leaked passwords, words, names, dates,
    runs on the keyboard, and their repetitions.
    """
    try:
        text = unicodedata.normalize("NFC", password)
        size = len(text.encode())
    except UnicodeEncodeError:
        return ["unreadable"]
    if size > PASSWORD_BYTES:
        return ["too_long"]
    problems = ["too_short"] if len(text) < policy.minimum else []
    if _is_made_of(policy.words, text):
        problems.append("context")
    elif text and zxcvbn(text, list(policy.words)).guesses < _TOO_FEW_GUESSES:
        problems.append("common")
    return problems


def _is_made_of(words: tuple[str, ...], password: str) -> bool:
    """Whether little is left of it without these words."""
    rest = password.casefold()
    for word in words:
        rest = rest.replace(word, "")
    return rest != password.casefold() and sum(map(str.isalnum, rest)) < _OWN_CHARACTERS
