"""Questions about what browsers have begun."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session as Database

from portal.infra.by_id import ById
from portal.infra.crypto.digests import same
from portal.infra.repository import FORGET_AT_ONCE, forget_some
from portal.sessions.models import Flow

_BY_ID: Final = ById(Flow)


class Flows:
    """What browsers have begun."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def live(self, flow_id: UUID, *, browser_digest: bytes, at: datetime) -> Flow | None:
        """The flow, if it is under way and this browser's own."""
        flow = _BY_ID.get(self._database, flow_id)
        if flow is None or not same(flow.browser_digest, browser_digest) or not flow.is_live(at=at):
            return None
        return flow

    def add(self, flow: Flow) -> None:
        _BY_ID.add(self._database, flow)

    def complete(self, flow: Flow, *, at: datetime) -> None:
        _BY_ID.note(self._database, flow, completed_at=at)

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._database, Flow.id, Flow.expires_at < at, most=most)
