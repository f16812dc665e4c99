"""Apps that are known by the document at their client id: taken in when they first come, renewed as they change."""

from collections.abc import Collection

from portal.clients.events import ClientRegistered
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.clients.rules.registration import SELF_SCOPES
from portal.clients.schemas import ClientMetadata
from portal.clients.services.metadata import apply_metadata
from portal.clients.services.protocol import refuse_new_problems
from portal.clients.usecases.self_registration import (
    Standing,
    change_own_metadata,
    judged,
    make_room,
    new_stranger,
)
from portal.infra.unit_of_work import UnitOfWork


def take_document(
    uow: UnitOfWork, client_id: str, wish: ClientMetadata, *, sector: Collection[str] | None = None
) -> Client:
    """What the document said a moment ago holds from now on. Nobody vouches for the app by that.

    Raises:
        TooManyStrangers: too many have come today.
        Invalid: something that no app can have which comes like this.
    """
    uow.lock(f"clients.document.{client_id}")
    known = Clients(uow.session).by_client_id(client_id)
    if known is not None:
        client = change_own_metadata(uow, known.id, wish, sector=sector).client
        client.document_checked_at = uow.now
        return client
    make_room(uow)
    profile = judged(wish, Standing.NOTHING, sector)
    client = new_stranger(uow, profile, is_vouched=False)
    client.client_id, client.registered_by = client_id, "document"
    client.document_checked_at = uow.now
    apply_metadata(client, wish, profile, may_have=SELF_SCOPES)
    refuse_new_problems(uow, client)
    uow.session.add(client)
    uow.session.flush()
    uow.publish(ClientRegistered(touched=(client.ref,), after=client.describe()))
    return client
