"""Forget apps that came by themselves and are of no use to anybody."""

from datetime import timedelta
from typing import Final

from portal.clients.events import ClientDeleted
from portal.grants.repository.strangers import unused_strangers
from portal.infra.unit_of_work import UnitOfWork

UNUSED_FOR: Final = timedelta(days=30)
MOST_AT_ONCE: Final = 100


def forget_unused_strangers(uow: UnitOfWork) -> bool:
    """Anybody may register an app where a portal lets them; what is left lying is cleared away. Whether there is more
    of it.
    """
    found = unused_strangers(uow.session, since=uow.now - UNUSED_FOR, at=uow.now, most=MOST_AT_ONCE)
    for client in found:
        uow.publish(ClientDeleted(touched=(client.ref,), before=client.describe(), reason="unused"))
        uow.session.delete(client)
    return len(found) >= MOST_AT_ONCE
