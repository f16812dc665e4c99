"""The one live grant between a person and a client: made, or widened by what was answered now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

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


def remember(
    uow: UnitOfWork, client: ClientSnapshot, user: User, answer: Answer, *, is_first: bool = False
) -> Grant:
    """Make or widen the grant; two answers at once make one. `is_first` says that there was none a moment ago, so that
    one statement does.
    """
    grants = Grants(uow.session)
    grant = None if is_first else grants.live(user.id, client.id)
    if grant is not None:
        before = grant.describe()
        _decide(grant, answer, uow)
        uow.session.flush()
        _tell(uow, client, user, grant, before=before)
        return grant
    grant = Grant(user_id=user.id, client_pk=client.id, scopes=[], granted_at=uow.now, last_used_at=uow.now)
    _decide(grant, answer, uow)
    if not grants.begin(grant):
        return remember(uow, client, user, answer)  # another answer was faster
    _tell(uow, client, user, grant, before={})
    return grant


def _decide(grant: Grant, answer: Answer, uow: UnitOfWork) -> None:
    grant.decide(scopes=answer.scopes, claims=answer.claims, declined=answer.declined, at=uow.now)


def _tell(
    uow: UnitOfWork, client: ClientSnapshot, user: User, grant: Grant, *, before: Mapping[str, Any]
) -> None:
    changed_from, changed_to = changes(before, grant.describe())
    if changed_to:
        reason = None if client.require_consent else NOT_ASKED
        touched = (user.ref, client.ref, grant.ref)
        uow.publish(ConsentGranted(touched=touched, before=changed_from, after=changed_to, reason=reason))
