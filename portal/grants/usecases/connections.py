"""What a person takes back."""

from uuid import UUID

from portal.grants.errors import GrantNotFound
from portal.grants.events import ConsentRevoked
from portal.grants.repository.grants import Grants
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork


def disconnect(uow: UnitOfWork, grant_id: UUID, *, owner: Ref, reason: str = "disconnected") -> str:
    """Take back what the owner allowed an app, and tell its name. Every code and token of it is dead with the commit.
    An operator who does it for them says why.

    Raises:
        GrantNotFound: it is not theirs, or no longer there.
    """
    found = Grants(uow.session).own(grant_id, user_id=owner.id)
    if found is None:
        raise GrantNotFound
    grant, client = found
    before = grant.describe()
    grant.revoke("disconnected", at=uow.now)
    uow.publish(ConsentRevoked(touched=(owner, client.ref, grant.ref), before=before, reason=reason))
    return client.client_name
