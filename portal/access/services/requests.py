"""Who may answer a request, and what they could give: asked by the page that offers it and by the act itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.models import AccessRequest
from portal.access.repository.stewards import Stewards
from portal.access.rules.requests import MOST_MAILS, within
from portal.access.services.roles import permissions_of
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.events import Ref

RESOURCE: Final = "access_request"
DECIDE: Final = "update"

Openers = Sequence[Ref]
"""The roles and groups that open the app that was asked for; nothing where a role or a group was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """What one person may answer to one request. Where they may not approve, `obstacle` says why, in words."""

    is_concerned: bool = False
    """Whether it is their affair at all: they look after what was asked for, or decide on all requests."""
    may_refuse: bool = False
    gives: tuple[Ref, ...] = ()
    obstacle: str = ""


def looks_after(session: Session, request: AccessRequest, user_id: UUID, *, openers: Openers = ()) -> bool:
    """Whether the person owns the role, or administers the group, that the request is about or could lead to."""
    duties = Stewards(session).duties_of(user_id).ids
    return any(thing.id in duties for thing in things_of(request, openers))


def things_of(request: AccessRequest, openers: Openers) -> Openers:
    """What an approval could give: for an app, anything that opens it."""
    return openers if request.target_type == "client" else (request.target,)


def say_of(
    session: Session,
    request: AccessRequest,
    user_id: UUID,
    *,
    at: datetime,
    decides_on_all: bool,
    openers: Openers = (),
) -> Say:
    """What `user_id` may answer; nothing at all to what was answered already, or is not their affair.
    `decides_on_all` is the resolver's word that they may update requests, whatever these are about.
    """
    if not decides_on_all and not looks_after(session, request, user_id, openers=openers):
        return Say()
    if not request.is_open:
        return Say(is_concerned=True)
    # nobody decides on their own request, unless they decide on all and there is nobody else who could
    if request.user_id == user_id and (
        not decides_on_all or deciders(session, request, at=at, openers=openers, most=1)
    ):
        return Say(is_concerned=True, obstacle="You asked for this yourself, so somebody else decides on it.")
    stewards = Stewards(session)
    there = stewards.still_there(things_of(request, openers))
    duties, mine = stewards.duties_of(user_id).ids, permissions_of(session, user_id, at=at)

    def may_give(thing: Ref) -> bool:
        looks_after_it = thing.id in duties
        if looks_after_it and thing.type == "role":
            return True  # whoever made them the owner decided that
        given = stewards.permissions_in(thing, at=at)
        return (looks_after_it or decides_on_all) and within(mine, given, is_delegate=looks_after_it)

    gives = tuple(thing for thing in there if may_give(thing))
    obstacle = _shut_out(session, request) or _gone(request, there) or _beyond(gives, there)
    return Say(is_concerned=True, may_refuse=True, gives=() if obstacle else gives, obstacle=obstacle)


def deciders(
    session: Session,
    request: AccessRequest,
    *,
    at: datetime,
    openers: Openers = (),
    most: int = MOST_MAILS,
) -> list[User]:
    """Active people who may answer, never the one who asked: whoever looks after it, or else who decides on all."""
    stewards = Stewards(session)
    nearest = stewards.of(things_of(request, openers), most=most + 1)
    others = [user for user in nearest if user.id != request.user_id]
    if not others:
        everywhere = stewards.permitted(DECIDE, RESOURCE, at=at, most=most + 1)
        others = [user for user in everywhere if user.id != request.user_id]
    return others[:most]


def _shut_out(session: Session, request: AccessRequest) -> str:
    person = Users(session).get(request.user_id)
    is_active = person is not None and person.is_active
    return "" if is_active else "This account is disabled, so nothing can be given to it."


def _gone(request: AccessRequest, there: Openers) -> str:
    if there:
        return ""
    if request.target_type == "client":
        return "The app is gone, or no role and no group opens it any more."
    return f"The {request.target_type} is gone, so it can't be given any more."


def _beyond(gives: Openers, there: Openers) -> str:
    if gives:
        return ""
    names = ", ".join(thing.label for thing in there)
    return f"{names} permits more than you may do yourself, so somebody else has to give it."
