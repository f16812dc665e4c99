"""When tokens should be dead, in the simplest words: what the machine of `living` holds the portal against.

Nothing here knows how the portal is made. Times are seconds since the beginning of the story.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 60, 3600, 86400

CODE = MINUTE
DEVICE = 10 * MINUTE
ACCESS = HOUR
SLACK = 30
"""Clocks of several nodes may differ by so much."""
REFRESH = 7 * DAY
FAMILY = 30 * DAY
SESSION = 7 * DAY
IDLE = DAY


@dataclass(kw_only=True, eq=False)
class Person:
    """Somebody: each change of the epoch ends all that was made before it."""

    is_active: bool = True
    epoch: int = 0
    role_until: float = 0.0
    """How long they hold the role that opens the closed app."""


@dataclass(kw_only=True, eq=False)
class Seat:
    """A browser's session."""

    person: Person
    epoch: int
    since: float
    seen: float
    has_ended: bool = False

    def lasts(self, now: float) -> bool:
        """As far as what hangs on it minds: it does not matter to apps that nobody came by."""
        return not self.has_ended and now < self.since + SESSION

    def can_be_left(self, now: float) -> bool:
        """Whether there is something to sign out of, however long nobody has come by."""
        return self.person.is_active and self.epoch == self.person.epoch and self.lasts(now)

    def is_open(self, now: float) -> bool:
        """Whether its browser is still signed in."""
        return self.can_be_left(now) and now < self.seen + IDLE


@dataclass(kw_only=True, eq=False)
class Software:
    """An app, with its policy for refresh tokens."""

    is_active: bool = True
    is_closed: bool = False
    rotates: bool = True
    grace: float = 0.0
    connection: int = 0
    """Counts how often its person has disconnected it."""
    pauses: int = 0
    """Counts how often it was disabled: what it held before is dead for good."""

    def switch(self) -> None:
        self.is_active = not self.is_active
        self.pauses += not self.is_active

    def takes(self, person: Person, now: float) -> bool:
        return not self.is_closed or now < person.role_until


@dataclass(kw_only=True, eq=False)
class Chain:
    """All that came of one yes."""

    software: Software
    seat: Seat = field(repr=False)
    is_offline: bool
    since: float
    connection: int = field(init=False)
    pauses: int = field(init=False)
    epoch: int = field(init=False)
    has_ended: bool = False

    def __post_init__(self) -> None:
        self.connection, self.pauses = self.software.connection, self.software.pauses
        self.epoch = self.seat.epoch

    def stands(self, now: float) -> bool:
        person, software = self.seat.person, self.software
        return (
            not self.has_ended
            and person.is_active
            and person.epoch == self.epoch
            and software.is_active
            and software.pauses == self.pauses
            and software.connection == self.connection
            and software.takes(person, now)
            and (self.is_offline or self.seat.lasts(now))
        )

    def end_of_next(self, now: float, lifetime: float) -> float:
        """Nothing given out now outlives the leave to use the app."""
        person = self.seat.person
        return min(now + lifetime, person.role_until) if self.software.is_closed else now + lifetime


@dataclass(kw_only=True, eq=False)
class Code:
    """An authorization code, or a device code that somebody has allowed."""

    text: str = field(repr=False)
    chain: Chain = field(repr=False)
    until: float
    is_of_device: bool = False
    is_used: bool = False

    def use(self, now: float) -> bool:
        """Whether it brings tokens; a second use ends what the first has brought."""
        if not self.chain.software.is_active:
            return False
        if self.is_used:
            self.chain.has_ended = True
            return False
        self.is_used = now < self.until and self.chain.stands(now)
        return self.is_used


@dataclass(kw_only=True, eq=False)
class Refresh:
    """One link of a chain."""

    text: str = field(repr=False)
    chain: Chain = field(repr=False)
    until: float
    parent: Refresh | None = field(default=None, repr=False)
    used_at: float | None = None
    is_graced: bool = False
    children: list[Refresh] = field(default_factory=list, repr=False)

    @property
    def software(self) -> Software:
        """Whose it is."""
        return self.chain.software

    def lives(self, now: float) -> bool:
        is_in_time = now < self.until and now < self.chain.since + FAMILY
        return self.used_at is None and is_in_time and self.chain.stands(now)

    def use(self, now: float) -> bool:
        """Whether it brings tokens. Who shows that two hold a chain ends it."""
        software = self.chain.software
        if not software.is_active:
            return False
        if self._shows_two_holders(now):
            self.chain.has_ended = True
            return False
        is_in_time = now < self.until and now < self.chain.since + FAMILY
        if not is_in_time or not self.chain.stands(now):
            return False
        if not software.rotates:
            self.until = self.end_of_next(now)
        elif self.used_at is None:
            self.used_at = now
        else:
            self.is_graced = True
        return True

    def _shows_two_holders(self, now: float) -> bool:
        if self.used_at is not None:
            was_lost = (
                not self.is_graced
                and self.chain.software.grace > 0
                and now <= self.used_at + self.chain.software.grace
                and all(child.used_at is None for child in self.children)
            )
            return not was_lost
        siblings = self.parent.children if self.parent is not None else []
        return self.chain.stands(now) and any(one.used_at is not None for one in siblings if one is not self)

    def end_of_next(self, now: float) -> float:
        return min(self.chain.end_of_next(now, REFRESH), self.chain.since + FAMILY)


@dataclass(kw_only=True, eq=False)
class Access:
    """An access token."""

    text: str = field(repr=False)
    chain: Chain = field(repr=False)
    until: float
    is_given_back: bool = False

    @property
    def software(self) -> Software:
        """Whose it is."""
        return self.chain.software

    def holds(self, now: float) -> bool:
        """Whether what was got for it may live, however short it lives itself."""
        return not self.is_given_back and self.chain.stands(now)

    def lives(self, now: float) -> bool:
        return now <= self.until + SLACK and self.holds(now)
