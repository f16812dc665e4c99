"""Knowing whose app it is."""

from uuid import UUID

from portal.clients.errors import RegisteredHere
from portal.clients.events import ClientVouchedFor, ClientVouchWithdrawn
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


def withdraw_vouching(uow: UnitOfWork, client_pk: UUID) -> Client:
    """Nobody is sure of it any more: people are warned of the app again, and it is forgotten once nobody uses it.

    Raises:
        ClientNotFound: there is no such app.
        RegisteredHere: it never needed anybody's word.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    if client.registered_by == "admin":
        raise RegisteredHere
    if client.is_vouched:
        client.is_vouched, client.updated_at = False, uow.now
        uow.publish(
            ClientVouchWithdrawn(
                touched=(client.ref,), before={"is_vouched": True}, after={"is_vouched": False}
            )
        )
    return client
