"""The secrets of confidential clients: a new one while the old ones still work, and taking one away at
once.
"""

from datetime import timedelta
from uuid import UUID

from portal.clients.errors import PublicClient, SecretNotFound
from portal.clients.events import ClientSecretRevoked, ClientSecretRotated
from portal.clients.repository import Clients, ClientSecrets
from portal.clients.schemas import RotateSecret
from portal.clients.services import IssuedSecret, give_secret
from portal.infra.unit_of_work import UnitOfWork


def rotate_secret(uow: UnitOfWork, client_pk: UUID, form: RotateSecret) -> IssuedSecret:
    """A new secret; the present ones work on until the overlap is over, so that the app never stands outside.

    Raises:
        ClientNotFound: there is no such app.
        PublicClient: it is of a kind that can't keep a secret.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    if client.is_public:
        raise PublicClient
    ends_at = uow.now + timedelta(seconds=form.overlap_seconds)
    older = ClientSecrets(uow.session).live_of(client.id, at=uow.now)
    for secret in older:
        secret.end_by(ends_at)
    issued = give_secret(uow, client)
    client.updated_at = uow.now
    after = {"older_secrets_end_at": ends_at.isoformat() if older else None}
    uow.publish(
        ClientSecretRotated(touched=(client.ref, issued.secret.ref, *(one.ref for one in older)), after=after)
    )
    return issued


def note_secret_use(uow: UnitOfWork, secret_id: UUID) -> None:
    """Write down that a secret is in use; a stamp and no event, for it changes nothing for anybody."""
    ClientSecrets(uow.session).note_use(secret_id, at=uow.now)


def revoke_secret(uow: UnitOfWork, client_pk: UUID, secret_id: UUID) -> None:
    """From now on it opens nothing. The last one may go too: a leaked secret is worse than an app that waits.

    Raises:
        ClientNotFound, SecretNotFound: no such app, or none of its working secrets.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    live = {secret.id: secret for secret in ClientSecrets(uow.session).live_of(client.id, at=uow.now)}
    if secret_id not in live:
        raise SecretNotFound
    live[secret_id].revoke(at=uow.now)
    client.updated_at = uow.now
    uow.publish(
        ClientSecretRevoked(
            touched=(client.ref, live[secret_id].ref),
            before={"working_secrets": len(live)},
            after={"working_secrets": len(live) - 1},
        )
    )
