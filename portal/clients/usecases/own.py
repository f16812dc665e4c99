"""The portal's own app: programs that sign people in at its APIs are this one, so that what they get can be seen,
refreshed and taken back like anybody's.
"""

from typing import Final

from portal.clients.events import ClientRegistered
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.clients.rules.api_scopes import API_SCOPES
from portal.infra.unit_of_work import UnitOfWork

OWN_CLIENT_ID: Final = "portal-api"
_LOCK: Final = "clients.own"


def ensure_own_client(uow: UnitOfWork) -> Client:
    """The app, made at the first use; of many who come at once, one makes it. A console may disable or narrow it, and
    what was changed there stays.
    """
    clients = Clients(uow.session)
    if (known := clients.by_client_id(OWN_CLIENT_ID)) is not None:
        return known
    uow.lock(_LOCK)
    if (known := clients.by_client_id(OWN_CLIENT_ID)) is not None:
        return known
    client = Client(
        client_id=OWN_CLIENT_ID,
        client_name=f"{uow.ports.settings.name} API",
        kind="native",
        token_endpoint_auth_method="none",  # noqa: S106 - a public client has none (RFC 6749 section 2.1)
        grant_types=["refresh_token"],
        scope=" ".join(("openid", *API_SCOPES)),
        require_consent=False,
        everyone_may_use=True,
        created_at=uow.now,
        updated_at=uow.now,
    )
    uow.session.add(client)
    uow.session.flush()
    uow.publish(ClientRegistered(touched=(client.ref,), after=client.describe()))
    return client
