"""Identifiers that may come once: of assertions, of proofs, of request objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.grants.models import UsedId
from portal.infra.crypto.digests import digest_of_once
from portal.infra.db import insert_into
from portal.infra.repository import FORGET_AT_ONCE, forget_some


@dataclass(frozen=True, slots=True)
class Once:
    """Something that counts once: what for, by whose word, its name there, and until when it could come again."""

    purpose: str
    client: str
    jti: str
    expires_at: datetime

    @property
    def digest(self) -> bytes:
        return digest_of_once(self.purpose, self.client, self.jti)


class UsedIds:
    """What has come already, until it could not count any more anyway."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def once(self, purpose: str, client: str, jti: str, expires_at: datetime) -> bool:
        """Whether this comes for the first time; from now on it has come."""
        return not self.seen_before([Once(purpose, client, jti, expires_at)])

    def seen_before(self, things: Sequence[Once]) -> Sequence[Once]:
        """Which of these have come before; from now on all have. One statement. Of all who try at the same time, the
        database lets exactly one succeed: the others wait for its commit, and then hear that they are late.
        """
        in_order = sorted(things, key=lambda thing: thing.digest)  # so that no two wait for each other
        rows = [{"digest": thing.digest, "expires_at": thing.expires_at} for thing in in_order]
        statement = (
            insert_into(self._session, UsedId)
            .values(rows)
            .on_conflict_do_nothing(index_elements=[UsedId.digest])
            .returning(UsedId.digest)
        )
        new = set(self._session.scalars(statement))
        return [thing for thing in things if thing.digest not in new]

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        """Delete so many of those whose time is over; how many there were."""
        return forget_some(self._session, UsedId.digest, UsedId.expires_at < at, most=most)
