"""The answer to a request: yes with an end, or no with a reason. Of two who answer at once, the first one counts."""

from uuid import UUID

from portal.access.errors import AccessRequestNotFound, CannotBeGiven, NotYoursToDecide, RequestDecided
from portal.access.events import AccessRequestApproved, AccessRequestRefused
from portal.access.models import AccessRequest
from portal.access.repository import Groups, Roles
from portal.access.repository.requests import AccessRequests
from portal.access.rules import ACCESS
from portal.access.schemas.requests import ApproveRequest, RefuseRequest
from portal.access.services.giving import add_to_group, give_role_to
from portal.access.services.requests import Openers, Say, say_of
from portal.accounts.errors import UserNotFound
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.errors import Invalid
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

ANSWER_MAIL = "access_answer_mail"


def approve_request(
    uow: UnitOfWork,
    request_id: UUID,
    wish: ApproveRequest,
    *,
    decides_on_all: bool = False,
    openers: Openers = (),
) -> AccessRequest:
    """Give what was asked for, as the person who acts could have given it. For an app, `openers` are the roles and
    groups that open it, and the wish says which of them. `decides_on_all` is the resolver's word on who acts.

    Raises:
        AccessRequestNotFound, RequestDecided, NotYoursToDecide, CannotBeGiven, Invalid
    """
    uow.lock(ACCESS)
    request, say = _open_request(uow, request_id, openers, decides_on_all=decides_on_all)
    if not say.gives:
        raise CannotBeGiven(say.obstacle)
    gift, person = _gift(say, wish), _person(uow, request)
    before = request.describe()
    request.approve(by=uow.actor.id, until=wish.until, note=wish.note, at=uow.now)
    _give(uow, gift, person, wish=wish, reason=f"Asked for: {request.reason}"[:300])
    uow.publish(
        AccessRequestApproved(
            touched=_touched(request, person, gift),
            before=before,
            after=request.describe() | {"given": gift.label},
            reason=wish.note,
        )
    )
    uow.enqueue(ANSWER_MAIL, {"request_id": str(request.id)})
    return request


def refuse_request(
    uow: UnitOfWork,
    request_id: UUID,
    wish: RefuseRequest,
    *,
    decides_on_all: bool = False,
    openers: Openers = (),
) -> AccessRequest:
    """Say no, and why; the person reads it.

    Raises:
        AccessRequestNotFound, RequestDecided, NotYoursToDecide
    """
    request, _ = _open_request(uow, request_id, openers, decides_on_all=decides_on_all)
    person = _person(uow, request)
    before = request.describe()
    request.refuse(by=uow.actor.id, note=wish.note, at=uow.now)
    uow.publish(
        AccessRequestRefused(
            touched=_touched(request, person),
            before=before,
            after=request.describe(),
            reason=wish.note,
        )
    )
    uow.enqueue(ANSWER_MAIL, {"request_id": str(request.id)})
    return request


def _open_request(
    uow: UnitOfWork, request_id: UUID, openers: Openers, *, decides_on_all: bool
) -> tuple[AccessRequest, Say]:
    """The request, locked, and what whoever acts may answer to it."""
    request = AccessRequests(uow.session).lock(request_id)
    if request is None or uow.actor.id is None:
        raise AccessRequestNotFound
    say = say_of(
        uow.session,
        request,
        uow.actor.id,
        at=uow.now,
        decides_on_all=decides_on_all,
        openers=openers,
    )
    if not say.is_concerned:
        raise AccessRequestNotFound
    if not request.is_open:
        raise RequestDecided(request.state)
    if not say.may_refuse:
        raise NotYoursToDecide(say.obstacle)
    return request, say


def _gift(say: Say, wish: ApproveRequest) -> Ref:
    """What is to be given: the only thing there is, or the one that was chosen."""
    chosen = [thing for thing in say.gives if wish.give is None or thing.id == wish.give.id]
    if len(chosen) != 1:
        raise Invalid("Choose one of the roles and groups that open the app", field="give")
    return chosen[0]


def _give(uow: UnitOfWork, gift: Ref, person: User, *, wish: ApproveRequest, reason: str) -> None:
    """Who may was asked before; what is left are the promises that hold for every gift."""
    if gift.type == "role" and (role := Roles(uow.session).get(gift.id)):
        give_role_to(uow, person.ref, role, expires_at=wish.until, reason=reason)
    elif gift.type == "group" and (group := Groups(uow.session).get(gift.id)):
        add_to_group(uow, group, person.ref, expires_at=wish.until, reason=reason)


def _person(uow: UnitOfWork, request: AccessRequest) -> User:
    user = Users(uow.session).get(request.user_id)
    if user is None:
        raise UserNotFound
    return user


def _touched(request: AccessRequest, person: User, *gift: Ref) -> tuple[Ref, ...]:
    return (request.ref, person.ref, *gift, request.target)
