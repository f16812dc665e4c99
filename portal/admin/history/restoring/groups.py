"""Bringing back what a group was, with the people in it, the roles that it gave, and who looked after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository import Roles
from portal.access.schemas import AddGroupAdministrator, AddMember, CreateGroup, EditGroup, GiveGroupRole
from portal.access.usecases.groups import (
    add_group_administrator,
    create_group,
    edit_group,
    remove_group_administrator,
)
from portal.access.usecases.memberships import add_member, give_group_role, remove_member, take_group_role
from portal.accounts.repository import Users
from portal.admin.history.restoring.plan import Case, Facts, Plan, checked, start
from portal.infra.unit_of_work import UnitOfWork

_GROUP: Final = ("name", "description", "is_requestable")
_RELATIONS: Final = ("roles", "members", "administrators")
_WORDS: Final = {"roles": "the role", "members": "the member", "administrators": "the administrator"}


def plan_group(session: Session, case: Case) -> Plan:
    """What is there again comes before what goes, so that nobody is without a role in between."""
    plan, is_gone = start(case), case.present is None
    values = {name: case.then.fields.get(name) for name in _GROUP}
    if is_gone or case.differs(*_GROUP):
        plan.take_fields(case, *_GROUP)
    if not is_gone and case.differs(*_GROUP):
        edited = checked(EditGroup, **values)
        plan.steps.append(lambda uow, _: edit_group(uow, case.ref.id, edited))
    wanted = {name: _there_is(session, name, case, plan) for name in _RELATIONS}
    for name, held in wanted.items():
        plan.goal.bonds[name] = dict(held)
    if is_gone:
        new = checked(CreateGroup, **values)
        plan.steps.append(partial(_create, new, wanted))
        plan.keep("It comes back as a new group: apps that let its members in have to be told again.")
        return plan
    too_many = case.present.too_many if case.present is not None else frozenset()
    for name in _RELATIONS:
        if name in too_many:
            plan.goal.bonds.pop(name, None)
            plan.keep("Its members stay: there are too many to bring back in one step.")
            continue
        _bond_steps(case, plan, name, wanted[name])
    return plan


def _there_is(session: Session, relation: str, case: Case, plan: Plan) -> Mapping[str, Facts]:
    """Those of then who are still there, and whose time is not over."""
    then = case.running_then(relation)
    ids = [UUID(key) for key in then]
    if relation == "roles":
        known = {str(role.id) for role in Roles(session).all()}
    else:
        known = {str(user.id) for user in Users(session).with_ids(ids)}
    found = {}
    for key, facts in then.items():
        label = facts.get("label") or "somebody"
        ends_at = facts.get("expires_at")
        if key not in known:
            plan.keep(f"{_WORDS[relation].capitalize()} “{label}” is gone and can't come back.")
        elif ends_at and datetime.fromisoformat(ends_at) <= case.now:
            plan.keep(f"{_WORDS[relation].capitalize()} “{label}” stays out: it would have ended by now.")
        else:
            found[key] = facts
    return found


@dataclass(frozen=True)
class Tie:
    """A role, a member or an administrator of a group."""

    group_id: UUID
    relation: str
    other: UUID
    until: str | None = None

    def give(self, uow: UnitOfWork, reason: str) -> None:
        match self.relation:
            case "roles":
                role = GiveGroupRole.model_validate(
                    {"role_id": self.other, "expires_at": self.until, "reason": reason}
                )
                give_group_role(uow, self.group_id, role)
            case "members":
                member = AddMember.model_validate(
                    {"user_id": self.other, "expires_at": self.until, "reason": reason}
                )
                add_member(uow, self.group_id, member)
            case _:
                steward = AddGroupAdministrator(user_id=self.other, reason=reason)
                add_group_administrator(uow, self.group_id, steward)

    def take(self, uow: UnitOfWork, reason: str) -> None:
        match self.relation:
            case "roles":
                take_group_role(uow, self.group_id, self.other, reason=reason)
            case "members":
                remove_member(uow, self.group_id, self.other, reason=reason)
            case _:
                remove_group_administrator(uow, self.group_id, self.other, reason=reason)


def _tie(group_id: UUID, relation: str, key: str, facts: Facts) -> Tie:
    return Tie(group_id, relation, UUID(key), facts.get("expires_at"))


def _bond_steps(case: Case, plan: Plan, relation: str, wanted: Mapping[str, Facts]) -> None:
    now = case.running_now(relation)
    for key, facts in wanted.items():
        if key not in now or now[key].get("expires_at") != facts.get("expires_at"):
            plan.steps.append(_tie(case.ref.id, relation, key, facts).give)
    for key in now.keys() - wanted.keys():
        plan.steps.append(_tie(case.ref.id, relation, key, {}).take)


def _create(
    wish: CreateGroup, wanted: Mapping[str, Mapping[str, Facts]], uow: UnitOfWork, reason: str
) -> UUID:
    group = create_group(uow, wish)
    for relation, held in wanted.items():
        for key, facts in held.items():
            _tie(group.id, relation, key, facts).give(uow, reason)
    return group.id
