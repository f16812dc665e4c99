"""What a page needs again on the next one and is too much, or too personal, to lie in the page itself.

It is kept for half an hour as a flow of the operator's session, compressed and under the seal of the portal, so that
every worker finds it, a dump of the database tells nothing of it, and nobody else can go on with it.
"""

import hashlib
import zlib
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from portal.http.context import current_portal
from portal.http.signing_in import current_principal
from portal.infra.crypto.sealing import SealBroken
from portal.infra.errors import NotFound
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.repository import Flows
from portal.sessions.services import begin_flow

SEALED: Final = "sealed"


class StashGone(NotFound):
    """It was there for half an hour, or is somebody else's."""

    code = "stash_gone"

    def __init__(self) -> None:
        super().__init__(
            "This was kept for half an hour and is no longer there. Begin again; nothing has changed."
        )


def keep(uow: UnitOfWork, kind: str, content: dict[str, Any], *, leads_to: str) -> UUID:
    """Put it by, for this operator in this browser."""
    flow = begin_flow(uow, kind, browser_digest=_owner(), resume_path=leads_to)
    packed = zlib.compress(orjson.dumps(content))
    flow.state = {SEALED: uow.ports.sealer.seal(packed, _place(kind, flow.id))}
    return flow.id


def look(session: Session, kind: str, stash_id: UUID) -> dict[str, Any]:
    """What was put by.

    Raises:
        StashGone: it is too old, used up, or not theirs.
    """
    portal = current_portal()
    flow = Flows(session).live(stash_id, browser_digest=_owner(), at=portal.ports.clock.now())
    if flow is None or flow.kind != kind:
        raise StashGone
    try:
        packed = portal.ports.sealer.open(flow.state.get(SEALED, ""), _place(kind, flow.id))
    except SealBroken:
        raise StashGone from None
    content: dict[str, Any] = orjson.loads(zlib.decompress(packed))
    return content


def put_back(uow: UnitOfWork, kind: str, stash_id: UUID, content: dict[str, Any]) -> None:
    """Changed, for the next page; how long it stays does not change.

    Raises:
        StashGone
    """
    flow = Flows(uow.session).live(stash_id, browser_digest=_owner(), at=uow.now)
    if flow is None or flow.kind != kind:
        raise StashGone
    packed = zlib.compress(orjson.dumps(content))
    flow.state = {SEALED: uow.ports.sealer.seal(packed, _place(kind, flow.id))}


def _owner() -> bytes:
    principal = current_principal()
    return hashlib.sha256(principal.session_id.bytes if principal else b"").digest()


def _place(kind: str, flow_id: UUID) -> str:
    return f"flows|{kind}|{flow_id}"
