"""Why somebody may use an app, or may not: each way in, as the resolver knows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.rules.decisions.compiled import Way
from portal.access.services.decisions import compile_access
from portal.clients.repository import Audience, Clients


@dataclass(frozen=True, slots=True)
class Admission:
    """The ways in that hold now, those that have ended, and who is let in at all."""

    open_ways: tuple[str, ...]
    ended_ways: tuple[str, ...]
    audience: Audience

    @property
    def reasons(self) -> tuple[str, ...]:
        """In words, for whoever is in or out."""
        if self.open_ways:
            return self.open_ways
        roles = ", ".join(role.label for role in self.audience.roles)
        groups = ", ".join(group.label for group in self.audience.groups)
        let_in = tuple(
            f"It is open to {what}: {names}."
            for what, names in (("holders of a role", roles), ("members of a group", groups))
            if names
        )
        return (
            *self.ended_ways,
            *(let_in or ("No role and no group is chosen, so it is closed to everybody.",)),
        )


def admission(session: Session, user_id: UUID, client_pk: UUID, *, at: datetime) -> Admission:
    """Of an app that is not open to everyone; five statements at most."""
    audience = Clients(session).audience_of(client_pk)
    compiled = compile_access(session, user_id, at=at, with_ended=True)
    ways = [way for role in audience.roles for way in compiled.ways_to(str(role.id))]
    names = {group.label for group in audience.groups}
    memberships = [one for one in compiled.memberships if one.group in names]
    told = [(_of_role(way), way.ends_at) for way in ways]
    told += [(f"They are in the group {one.group}{_until(one.ends_at)}.", one.ends_at) for one in memberships]
    return Admission(
        open_ways=tuple(words for words, end in told if end is None or at < end),
        ended_ways=tuple(f"Ended: {words}" for words, end in told if end is not None and at >= end),
        audience=audience,
    )


def _of_role(way: Way) -> str:
    through = f" through the group {way.group}" if way.group else ""
    return f"They hold the role {way.role}{through}{_until(way.ends_at)}."


def _until(end: datetime | None) -> str:
    return f" until {end.day} {end:%b %Y, %H:%M} UTC" if end else ""
