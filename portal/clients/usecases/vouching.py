"""Knowing whose app it is."""

from uuid import UUID

from portal.clients.events import ClientVouchedFor
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.infra.unit_of_work import UnitOfWork


def vouch_for_client(uow: UnitOfWork, client_pk: UUID) -> Client:
    """An administrator has looked at an app that registered itself: nobody is warned of it any more, and it is never
    forgotten for lack of use.

    Raises:
        ClientNotFound: there is no such app.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    if not client.is_vouched:
        client.is_vouched, client.updated_at = True, uow.now
        uow.publish(
            ClientVouchedFor(touched=(client.ref,), before={"is_vouched": False}, after={"is_vouched": True})
        )
    return client
