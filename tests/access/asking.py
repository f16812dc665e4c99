"""People who ask, and people who answer, in one line each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.access.models import AccessRequest, Group, Role
from portal.access.repository import Roles
from portal.access.rules.requests import Wanted
from portal.access.schemas.groups import AddGroupAdministrator, CreateGroup
from portal.access.schemas.requests import ApproveRequest, AskForAccess, RefuseRequest
from portal.access.schemas.roles import CreateRole
from portal.access.usecases.answers import approve_request, refuse_request
from portal.access.usecases.groups import add_group_administrator, create_group
from portal.access.usecases.requests import request_access
from portal.access.usecases.roles import create_role
from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM, Actor
from portal.infra.clock import Clock
from portal.infra.errors import DomainError
from portal.infra.events import Ref


@dataclass(frozen=True)
class Asking:
    """One portal, and what is done in it by whom."""

    portal: Portal

    def role(self, name: str = "on call", *, owner: User | None = None, is_requestable: bool = True) -> Role:
        wish = CreateRole(name=name, owner=owner.username if owner else None, is_requestable=is_requestable)
        with self.portal.unit_of_work(SYSTEM) as uow:
            return create_role(uow, wish)

    def group(self, name: str = "Platform", *, administrator: User | None = None) -> Group:
        with self.portal.unit_of_work(SYSTEM) as uow:
            group = create_group(uow, CreateGroup(name=name, is_requestable=True))
            if administrator:
                add_group_administrator(uow, group.id, AddGroupAdministrator(user_id=administrator.id))
            return group

    def ask(
        self,
        person: User,
        thing: Role | Group,
        *,
        reason: str = "On call this week",
        until: str | None = None,
    ) -> AccessRequest:
        wish = AskForAccess.model_validate(
            {"thing": target_of(thing), "reason": reason} | ({"wished_until": until} if until else {})
        )
        with self.portal.unit_of_work(acting(person)) as uow:
            return request_access(uow, wish)

    def ask_app(self, person: User, app: Ref, openers: tuple[Ref, ...]) -> AccessRequest:
        wish = AskForAccess(thing=Wanted("client", app.id), reason="For the reports")
        with self.portal.unit_of_work(acting(person)) as uow:
            return request_access(uow, wish, app=app, openers=openers)

    def approve(
        self,
        person: User,
        request_id: UUID,
        *,
        openers: tuple[Ref, ...] = (),
        decides_on_all: bool = False,
        **fields: str,
    ) -> AccessRequest:
        wish = ApproveRequest.model_validate(fields)
        with self.portal.unit_of_work(acting(person)) as uow:
            return approve_request(uow, request_id, wish, decides_on_all=decides_on_all, openers=openers)

    def refuse(
        self,
        person: User,
        request_id: UUID,
        note: str = "Ask your lead first",
        *,
        decides_on_all: bool = False,
    ) -> AccessRequest:
        with self.portal.unit_of_work(acting(person)) as uow:
            return refuse_request(uow, request_id, RefuseRequest(note=note), decides_on_all=decides_on_all)


def acting(person: User) -> Actor:
    return Actor(kind="user", id=person.id, label=person.username)


def target_of(thing: Role | Group) -> Wanted:
    return Wanted("group" if isinstance(thing, Group) else "role", thing.id)


def at(text: str) -> datetime:
    """The last second of a day, as requests keep it."""
    return datetime.fromisoformat(f"{text}T23:59:59+00:00")


def kept(portal: Portal, request: AccessRequest) -> AccessRequest:
    """The request as it stands now."""
    with portal.reading() as session:
        return session.get_one(AccessRequest, request.id)


def roles_of(portal: Portal, person: User, clock: Clock) -> list[str]:
    """What the person holds now, by name."""
    with portal.reading() as session:
        return [role.name for role in Roles(session).of_user(person.id, at=clock.now())]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each of them came to: its answer, or what stood against it."""

    def outcome(act: Callable[[], object]) -> object:
        try:
            return act()
        except DomainError as problem:
            return problem

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(outcome, acts))


def open_to_requests(portal: Portal, thing: Role | Group) -> None:
    """People find it in the list from now on."""
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.merge(thing).is_requestable = True
