"""Which requests are whose affair, how many of them wait, and what doors know of one beside its row."""

from dataclasses import dataclass
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository.requests import AccessRequests
from portal.access.repository.stewards import Stewards
from portal.access.rules.requests import WAITING_COUNTS
from portal.access.services.requests import Openers
from portal.clients.repository import Clients
from portal.grants.repository.closed_apps import ClosedApps
from portal.infra.cache import Cache, recall

MOST_COUNTED: Final = 99
COUNT_SECONDS: Final = 20
"""A number beside a menu may be a little old."""


@dataclass(frozen=True, slots=True)
class Concern:
    """The requests that are somebody's affair: all of them (`about` is None), or those about some things."""

    about: frozenset[UUID] | None

    def __bool__(self) -> bool:
        return self.about is None or bool(self.about)


EVERYTHING: Final = Concern(None)
NOTHING: Final = Concern(frozenset())


def concern_of(session: Session, user_id: UUID, *, sees_all: bool) -> Concern:
    """What this person looks after: roles, groups, and the apps that these open."""
    if sees_all:
        return EVERYTHING
    duties = Stewards(session).duties_of(user_id)
    if not duties:
        return NOTHING
    return Concern(duties.ids | ClosedApps(session).opened_by(roles=duties.roles, groups=duties.groups))


def count_waiting(session: Session, cache: Cache, user_id: UUID, *, sees_all: bool) -> int:
    """How many requests wait for this person's answer, up to `MOST_COUNTED`."""

    def count() -> int:
        concern = concern_of(session, user_id, sees_all=sees_all)
        return AccessRequests(session).count_open(about=concern.about, most=MOST_COUNTED) if concern else 0

    key = f"{WAITING_COUNTS}{'all' if sees_all else user_id}"
    kept = recall(cache, key, ttl_seconds=COUNT_SECONDS, load=count)
    return kept if isinstance(kept, int) else 0


class Standing(TypedDict):
    """What a door knows beside the request: what the resolver says of who acts, and what opens the app that was asked
    for.
    """

    decides_on_all: bool
    openers: Openers


def standing_of(session: Session, request_id: UUID, *, decides_on_all: bool) -> Standing:
    """For `say_of`, and for the answers."""
    row = AccessRequests(session).get(request_id)
    openers: Openers = ()
    if row is not None and row.target_type == "client":
        client = Clients(session).find(row.target_id)
        openers = Clients(session).audience_of(client.id).refs if client and client.is_active else ()
    return Standing(decides_on_all=decides_on_all, openers=openers)
