"""Questions about pushed authorization requests."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.grants.models import PushedRequest
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.repository import FORGET_AT_ONCE, forget_some


class PushedRequests:
    """Requests that came from the client itself (RFC 9126), found by their id and recognised by their digest."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, text: str) -> PushedRequest | None:
        """The request that this reference is to: anybody's, answered or not, however old."""
        presented = parse(TokenKind.PUSHED_REQUEST, text)
        if presented is None:
            return None
        row = self._session.get(PushedRequest, presented.id)
        return row if row is not None and same(row.digest, presented.digest) else None

    def use_up(self, request_id: UUID, *, at: datetime) -> bool:
        """Note that its answer is given. Of all who try at the same time, the database lets exactly one succeed."""
        statement = (
            update(PushedRequest)
            .where(PushedRequest.id == request_id, PushedRequest.used_at.is_(None))
            .values(used_at=at)
            .returning(PushedRequest.id)
            .execution_options(synchronize_session=False)
        )
        return self._session.scalar(statement) is not None

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._session, PushedRequest.id, PushedRequest.expires_at < at, most=most)
