"""Requests in each state, and reviews under way and over: what routes about asking and looking again lead to."""

from dataclasses import dataclass
from uuid import UUID

from portal.access.models import Role
from portal.access.repository.reviews import AccessReviews
from portal.access.rules.requests import Wanted
from portal.access.schemas import CreateRole
from portal.access.schemas.requests import AskForAccess, RefuseRequest
from portal.access.schemas.reviews import JudgeMembers, StartReview
from portal.access.services.giving import give_role_to
from portal.access.usecases.answers import refuse_request
from portal.access.usecases.judging import judge_members
from portal.access.usecases.requests import request_access
from portal.access.usecases.reviews import finish_review, start_review
from portal.access.usecases.roles import create_role
from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM, Actor


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The ids of it all."""

    role_id: UUID
    """Open to requests, and not asked for yet."""
    open_id: UUID
    refused_id: UUID
    review_id: UUID
    finished_id: UUID


def ask_everything(portal: Portal, *, asking: User, owner: User) -> Asked:
    """One person asks, and holds something; the other one owns it, answers, and is to look again."""
    wanted, refused, free = (_role(portal, name, owner) for name in ("On call", "Night watch", "Archive"))
    held, over = (_role(portal, name, owner) for name in ("Release manager", "Beta tester"))
    with portal.unit_of_work(SYSTEM) as uow:
        for role in (held, over):
            for person in (asking, owner):
                give_role_to(uow, person.ref, role, reason="Since the last release")
    requests = [_ask(portal, asking, role) for role in (wanted, refused)]
    with portal.unit_of_work(_acting(owner)) as uow:
        refuse_request(uow, requests[1], RefuseRequest(note="The night is covered until spring"))
    reviews = [_review(portal, role, owner) for role in (held, over)]
    _keep(portal, reviews[0], owner, asking)
    with portal.unit_of_work(_acting(owner)) as uow:
        finish_review(uow, reviews[1])
    return Asked(
        role_id=free.id,
        open_id=requests[0],
        refused_id=requests[1],
        review_id=reviews[0],
        finished_id=reviews[1],
    )


def _role(portal: Portal, name: str, owner: User) -> Role:
    wish = CreateRole(name=name, description=f"{name}, for now", owner=owner.username, is_requestable=True)
    with portal.unit_of_work(SYSTEM) as uow:
        return create_role(uow, wish)


def _ask(portal: Portal, person: User, role: Role) -> UUID:
    wish = {
        "thing": Wanted("role", role.id),
        "reason": "I take over this week",
        "wished_until": "2031-12-24",
    }
    with portal.unit_of_work(_acting(person)) as uow:
        return request_access(uow, AskForAccess.model_validate(wish)).id


def _review(portal: Portal, role: Role, reviewer: User) -> UUID:
    wish = {"thing": Wanted("role", role.id), "reviewer": reviewer.username, "due_at": "2031-12-24"}
    with portal.unit_of_work(SYSTEM) as uow:
        return start_review(uow, StartReview.model_validate(wish)).id


def _keep(portal: Portal, review_id: UUID, reviewer: User, person: User) -> None:
    with portal.unit_of_work(_acting(reviewer)) as uow:
        items = AccessReviews(uow.session).items(review_id).items
        chosen = tuple(item.id for item in items if item.user_id == person.id)
        judge_members(uow, review_id, JudgeMembers(items=chosen, verdict="keep", note="Still on the team"))


def _acting(person: User) -> Actor:
    return Actor(kind="user", id=person.id, label=person.username)
