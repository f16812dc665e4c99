"""Questions about access tokens that say nothing by themselves."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, insert, select

from portal.grants.models import OpaqueToken
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.plain_rows import Asker
from portal.infra.repository import FORGET_AT_ONCE, forget_some

_ADD: Final = insert(OpaqueToken.__table__)  # type: ignore[arg-type]
_FIND: Final = select(OpaqueToken.digest, OpaqueToken.claims).where(
    OpaqueToken.id == bindparam("id", type_=Uuid())
)


class OpaqueTokens:
    """Access tokens that are kept here, found by their id and recognised by their digest."""

    def __init__(self, session: Asker) -> None:
        self._session = session

    def add(
        self, row_id: UUID, *, digest: bytes, client_pk: UUID, claims: dict[str, Any], expires_at: datetime
    ) -> None:
        row = {
            "id": row_id,
            "digest": digest,
            "client_pk": client_pk,
            "claims": claims,
            "expires_at": expires_at,
        }
        self._session.execute(_ADD, row)

    def claims_of(self, text: str) -> dict[str, Any] | None:
        """What the token says, in time or not; one statement, and none where the text can't be such a token."""
        presented = parse(TokenKind.ACCESS_TOKEN, text)
        if presented is None:
            return None
        row = self._session.execute(_FIND, {"id": presented.id}).first()
        return row.claims if row is not None and same(row.digest, presented.digest) else None

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        """Delete so many of those whose time is over; how many there were."""
        return forget_some(self._session, OpaqueToken.id, OpaqueToken.expires_at < at, most=most)
