"""Codes that people read off one screen and type at another (RFC 8628 section 6.1). Pure."""

import secrets
from typing import Final

ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no code is a word, and nothing that looks like a digit."""
LENGTH: Final = 8
HALF: Final = 4


def new_user_code() -> str:
    """One of 20^8: with a few tries and ten minutes nobody guesses it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """`BCDF-GHJK`, as it is easiest to read."""
    return f"{code[:HALF]}-{code[HALF:]}"


def typed(text: str) -> str | None:
    """The code that somebody meant: in any case, with or without signs between; None if it can't be one."""
    code = "".join(sign for sign in text.upper()[: 4 * LENGTH] if sign.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
