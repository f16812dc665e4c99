"""Questions about browsers that have signed in before."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, exists, select
from sqlalchemy.orm import Session as Database

from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.prepared import Prepared, inserting
from portal.infra.repository import FORGET_AT_ONCE, forget_some
from portal.sessions.models import Device

_HAS_ONE: Final = Prepared(select(exists().where(Device.user_id == bindparam("user_id", type_=Uuid()))))
_INSERT: Final = inserting(Device)


class Devices:
    """Browsers that have signed in before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def with_tokens(self, tokens: Collection[str]) -> Sequence[Device]:
        """The devices whose secrets these are, whosever they be; one statement, none without tokens."""
        digests = {parsed.id: parsed.digest for token in tokens if (parsed := parse(TokenKind.DEVICE, token))}
        if not digests:
            return []
        found = self._database.scalars(select(Device).where(Device.id.in_(digests)))
        return [device for device in found if same(device.digest, digests[device.id])]

    def any_of(self, user_id: UUID) -> bool:
        return bool(_HAS_ONE.scalar(self._database, {"user_id": user_id}))

    def add(self, row: Mapping[str, Any]) -> None:
        """Write one down: a plain insert of every column, for nobody holds the object afterwards."""
        _INSERT.run(self._database, row)

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._database, Device.id, Device.last_seen_at < at, most=most)
