"""The one live grant between a person and a client: made, or widened by what was answered now."""

from collections.abc import Collection
from dataclasses import dataclass

from portal.accounts.models import User
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import ConsentGranted
from portal.grants.models import Grant
from portal.grants.repository.grants import Grants
from portal.infra.events import changes
from portal.infra.unit_of_work import UnitOfWork

NOT_ASKED = "this app needs no consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person says to a client, or an administrator has said for everybody."""

    scopes: Collection[str]
    claims: Collection[str] = ()
    declined: Collection[str] = ()


def remember(uow: UnitOfWork, client: ClientSnapshot, user: User, answer: Answer) -> Grant:
    """Make or widen the grant; two answers at once make one."""
    uow.lock(f"grants.{user.id}.{client.id}")
    grant = Grants(uow.session).live(user.id, client.id)
    before = grant.describe() if grant else {}
    if grant is None:
        grant = Grant(
            user_id=user.id, client_pk=client.id, scopes=[], granted_at=uow.now, last_used_at=uow.now
        )
        uow.session.add(grant)
    grant.decide(scopes=answer.scopes, claims=answer.claims, declined=answer.declined, at=uow.now)
    uow.session.flush()
    changed_from, changed_to = changes(before, grant.describe())
    if changed_to:
        reason = None if client.require_consent else NOT_ASKED
        touched = (user.ref, client.ref, grant.ref)
        uow.publish(ConsentGranted(touched=touched, before=changed_from, after=changed_to, reason=reason))
    return grant
