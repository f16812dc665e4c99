"""Secrets of apps: a new one beside the old, and one taken away."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from portal.api.calls import Call
from portal.api.shapes import Created, Listing, Nothing, OneQuery, View
from portal.api.v1.clients.room import PATH, clients
from portal.clients.repository import Clients, ClientSecrets
from portal.clients.schemas import RotateSecret
from portal.clients.usecases import revoke_secret, rotate_secret


class SecretView(View):
    """A secret that works now; what it is, nobody can read again."""

    id: UUID
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewSecretView(View):
    """A new secret."""

    id: UUID
    client_id: str
    client_secret: str = Field(description="Shown here and never again.", repr=False)
    created_at: datetime


@clients.get(
    f"{PATH}/secrets", scope="clients:read", permission=("read", "client"), query=OneQuery, returns=SecretView,
    is_list=True,
)  # fmt: skip
def list_client_secrets(call: Call[OneQuery, None], client_pk: UUID) -> Listing[SecretView]:
    """The secrets of an app that work now; there are never many."""
    client = Clients(call.session).get(client_pk)
    live = ClientSecrets(call.session).live_of(client.id, at=call.now)
    return Listing(
        items=[
            SecretView(
                id=one.id, created_at=one.created_at, expires_at=one.expires_at, last_used_at=one.last_used_at
            )
            for one in live
        ]
    )


@clients.post(
    f"{PATH}/secrets",
    scope="clients:write",
    permission=("update", "client"),
    body=RotateSecret,
    returns=NewSecretView,
)
def create_client_secret(call: Call[Nothing, RotateSecret], client_pk: UUID) -> Created[NewSecretView]:
    """Make a new secret. Those there are work on until the overlap is over."""
    issued = rotate_secret(call.uow, client_pk, call.body)
    client = Clients(call.session).get(client_pk)
    made = NewSecretView(
        id=issued.secret.id,
        client_id=client.client_id,
        client_secret=issued.text,
        created_at=issued.secret.created_at,
    )
    return Created(made, path=f"/clients/{client_pk}/secrets")


@clients.delete(f"{PATH}/secrets/<uuid:secret_id>", scope="clients:write", permission=("update", "client"))
def remove_client_secret(call: Call[Nothing, Any], client_pk: UUID, secret_id: UUID) -> None:
    """Let a secret open nothing any more, now."""
    revoke_secret(call.uow, client_pk, secret_id)
