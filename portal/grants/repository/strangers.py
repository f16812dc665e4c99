"""Apps that came by themselves and that nobody has used."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.clients.models import Client, ClientSecret
from portal.grants.models import Grant, TokenFamily


def unused_strangers(session: Session, *, since: datetime, at: datetime, most: int) -> Sequence[Client]:
    """Those that nobody vouches for and that have neither changed nor been used since then, and of whose tokens none
    could still be.
    """
    used = (
        exists().where(Grant.client_pk == Client.id, Grant.last_used_at >= since),
        exists().where(ClientSecret.client_pk == Client.id, ClientSecret.last_used_at >= since),
        exists().where(
            TokenFamily.client_pk == Client.id,
            TokenFamily.revoked_at.is_(None),
            TokenFamily.expires_at > at,
        ),
    )
    query = select(Client).where(
        ~Client.is_vouched,
        Client.registered_by != "admin",
        Client.updated_at < since,
        *(~one for one in used),
    )
    return session.scalars(query.order_by(Client.id).limit(most)).all()
