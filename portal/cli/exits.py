"""The codes that commands end with: a promise to scripts (docs/command-line.md)."""

from enum import IntEnum


class Exit(IntEnum):
    """What came of it. Questions that have a no for an answer (`access why`, `audit verify`) say it with REFUSED."""

    DONE = 0
    REFUSED = 1
    """A rule of the portal is against it, or nobody has confirmed it. Nothing was changed."""
    USAGE = 2
    """The words or the input can't be used as they are."""
    NOT_FOUND = 3
    CONFLICT = 4
    """The state of the portal is against it: above all, nobody would be left who can mend it."""
    UNAVAILABLE = 5
    """The portal, its database or something else that it needs is not there, or is not set up."""


class StartFailed(Exception):
    """The portal can't serve; the text is one line that says why and what to look at."""


class Stop(Exception):
    """A command can't go on; the message is one line that says why and what to do."""

    def __init__(self, message: str, code: Exit = Exit.USAGE, *, name: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.name = name or code.name.lower()
        """What programs know it by."""
