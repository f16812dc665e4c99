"""When tokens should be dead that were got for others, or that speak for nobody but an app: the rest of `life`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from tests.oauth.life import SLACK, Access, Chain, Refresh, Software


@dataclass(kw_only=True, eq=False)
class Identity:
    """An ID token: it opens nothing, and may be exchanged while its session lasts and its sign-in has tokens."""

    text: str = field(repr=False)
    chain: Chain = field(repr=False)
    until: float

    @property
    def software(self) -> Software:
        """Whose it is."""
        return self.chain.software

    def holds(self, now: float) -> bool:
        """What was got for it ends with the session, whatever else may outlive that."""
        return self.chain.stands(now) and not self.chain.seat.has_ended

    def lives(self, now: float) -> bool:
        """Whether it may be exchanged."""
        return self.holds(now) and self.chain.seat.lasts(now)


@dataclass(kw_only=True, eq=False)
class Exchanged:
    """An access token that a service was given for another token: it ends with that, and with its service."""

    text: str = field(repr=False)
    source: Source = field(repr=False)
    software: Software
    until: float
    is_given_back: bool = False
    pauses: int = field(init=False)

    def __post_init__(self) -> None:
        self.pauses = self.software.pauses

    @property
    def links(self) -> int:
        """How many exchanges lie between it and the sign-in."""
        return 1 + (self.source.links if isinstance(self.source, Exchanged) else 0)

    @property
    def chain(self) -> Chain:
        """Of the sign-in that it all comes of."""
        return self.source.chain

    def holds(self, now: float) -> bool:
        is_its_own = self.software.is_active and self.software.pauses == self.pauses
        return not self.is_given_back and is_its_own and self.source.holds(now)

    def lives(self, now: float) -> bool:
        return now <= self.until + SLACK and self.holds(now)


@dataclass(kw_only=True, eq=False)
class Own:
    """An access token with which a service speaks for itself."""

    text: str = field(repr=False)
    software: Software
    until: float
    is_given_back: bool = False
    pauses: int = field(init=False)

    def __post_init__(self) -> None:
        self.pauses = self.software.pauses

    def lives(self, now: float) -> bool:
        is_its_own = self.software.is_active and self.software.pauses == self.pauses
        return not self.is_given_back and is_its_own and now <= self.until + SLACK


Token: TypeAlias = Access | Refresh | Exchanged | Own
"""Whatever can be introspected and given back."""
Source: TypeAlias = Access | Identity | Exchanged
"""What may be handed in for another token."""
