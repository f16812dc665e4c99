"""Noting in one statement that a promise was kept, as most are."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, update

from portal.infra.outbox import OutboxMessage
from portal.infra.prepared import Prepared

_DELIVERY: Final = (
    update(OutboxMessage)
    .where(OutboxMessage.id == bindparam("message_id"))
    .values(delivered_at=bindparam("at"), failed_at=None, claimed_until=None, last_error=None)
)
_DELIVERED: Final = Prepared(_DELIVERY)
_DELIVERED_AND_FORGOTTEN: Final = Prepared(_DELIVERY.values(payload=bindparam("kept")))


def write_delivery(
    connection: Connection, message: OutboxMessage, *, at: datetime, forgets_secret: bool
) -> None:
    """It is done, whatever had become of it meanwhile. What was sealed in it has then reached whom it was for, and goes
    where nobody else needs it.
    """
    values: dict[str, Any] = {"message_id": message.id, "at": at}
    if forgets_secret:
        values["kept"] = {name: value for name, value in message.payload.items() if name != "sealed"}
    (_DELIVERED_AND_FORGOTTEN if forgets_secret else _DELIVERED).run(connection, values)
