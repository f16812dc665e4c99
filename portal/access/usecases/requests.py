"""Asking for a role, a group or an app, and asking no more."""

from uuid import UUID

from portal.access.errors import (
    AccessRequestNotFound,
    AlreadyAsked,
    AlreadyHeld,
    NotRequestable,
    RequestDecided,
    TooManyRequests,
)
from portal.access.events import AccessRequestOpened, AccessRequestWithdrawn
from portal.access.models import AccessRequest
from portal.access.repository.requests import AccessRequests, Requestables
from portal.access.repository.stewards import Stewards
from portal.access.rules.requests import MOST_OPEN_REQUESTS
from portal.access.schemas.requests import AskForAccess
from portal.access.services.requests import Openers
from portal.accounts.errors import UserNotFound
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

ASKED_MAIL = "access_request_mail"


def request_access(
    uow: UnitOfWork, wish: AskForAccess, *, app: Ref | None = None, openers: Openers = ()
) -> AccessRequest:
    """Whoever acts asks for something. An app is known above this feature: the door says which one is closed to
    them, and what opens it.

    Raises:
        NotRequestable, AlreadyHeld, AlreadyAsked, TooManyRequests
    """
    user = _asking(uow)
    # one person at a time, so that neither two tabs nor a script pass the limits together
    uow.lock(f"access_requests:{user.id}")
    target = app if wish.thing.type == "client" else _requestable(uow, wish, user)
    if target is None or target.id != wish.thing.id:
        raise NotRequestable
    waiting = AccessRequests(uow.session).open_targets_of(user.id)
    if target.id in waiting:
        raise AlreadyAsked
    if len(waiting) >= MOST_OPEN_REQUESTS:
        raise TooManyRequests(MOST_OPEN_REQUESTS)
    request = AccessRequest(
        user_id=user.id,
        target_type=target.type,
        target_id=target.id,
        target_label=target.label,
        reason=wish.reason,
        wished_until=wish.wished_until,
        refusal_reference=wish.reference,
        created_at=uow.now,
    )
    uow.session.add(request)
    uow.publish(
        AccessRequestOpened(
            touched=(request.ref, user.ref, target), after=request.describe(), reason=wish.reason
        )
    )
    # the worker finds out whom to tell: what opens an app is known here only
    uow.enqueue(
        ASKED_MAIL,
        {"request_id": str(request.id), "openers": [[ref.type, str(ref.id), ref.label] for ref in openers]},
    )
    return request


def withdraw_request(uow: UnitOfWork, request_id: UUID) -> AccessRequest:
    """Whoever asked takes it back.

    Raises:
        AccessRequestNotFound: there is none, or it is somebody else's.
        RequestDecided: it was answered meanwhile.
    """
    request = AccessRequests(uow.session).lock(request_id)
    if request is None or request.user_id != uow.actor.id:
        raise AccessRequestNotFound
    if not request.is_open:
        raise RequestDecided(request.state)
    before = request.describe()
    request.withdraw(at=uow.now)
    uow.publish(
        AccessRequestWithdrawn(
            touched=(request.ref, _asking(uow).ref, request.target), before=before, after=request.describe()
        )
    )
    return request


def _asking(uow: UnitOfWork) -> User:
    user = Users(uow.session).get(uow.actor.id) if uow.actor.id else None
    if user is None:
        raise UserNotFound
    return user


def _requestable(uow: UnitOfWork, wish: AskForAccess, user: User) -> Ref:
    found = Requestables(uow.session).find(wish.thing)
    if found is None:
        raise NotRequestable
    if Stewards(uow.session).holds(user.id, found.ref, at=uow.now):
        raise AlreadyHeld
    return found.ref
