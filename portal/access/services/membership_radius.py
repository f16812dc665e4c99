"""What a change of one membership would do, told to whoever looks after that group and sees nothing else of the portal.

They read which roles and apps come and go with the membership, as if the person held nothing besides. What a role
permits is not told, nor what the person may do by other ways: nobody finds that out by asking what would happen if.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.access.repository import Groups
from portal.access.rules import ACCESS
from portal.access.rules.blast_radius import ALWAYS, AppRule, Grants, Holdings, State, shifts
from portal.access.services.blast_radius import AppRules, BlastRadius, radius_from, undone
from portal.access.services.giving import has_ended
from portal.accounts.models import User
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork

HOLD: Final = "hold"
"""Stands where an action stands in what others read: one holds a role."""


@dataclass(frozen=True)
class Membership:
    """Somebody in a group, now or after the change."""

    group_id: UUID
    person: User


def membership_radius(
    open_unit: Callable[[], UnitOfWork],
    change: Callable[[UnitOfWork], object],
    *,
    of: Membership,
    apps: AppRules,
) -> BlastRadius:
    """Run `change` in a unit of work of its own, and undo it. A refusal of the change is a result too."""
    return undone(open_unit, lambda uow: _rehearse(uow, change, of, apps))


def _rehearse(
    uow: UnitOfWork, change: Callable[[UnitOfWork], object], membership: Membership, apps: AppRules
) -> BlastRadius:
    uow.lock(ACCESS)
    rules, person = apps(uow.session), membership.person
    before = _brought(uow, membership, rules)
    try:
        change(uow)
        uow.session.flush()
    except DomainError as refusal:
        return BlastRadius(refusal=refusal)
    after = _brought(uow, membership, rules)
    return radius_from(shifts(before, after), lambda _: {person.id: person.display_name})


def _brought(uow: UnitOfWork, membership: Membership, rules: Mapping[UUID, AppRule]) -> State:
    """What it brings at this moment, and until when."""
    group_id, person = membership.group_id, membership.person
    groups, row = Groups(uow.session), Groups(uow.session).member(group_id, person.id)
    given = {
        role: given.expires_at
        for given, role in groups.roles_of(group_id)
        if not has_ended(given.expires_at, at=uow.now)
    }
    permits: dict[UUID, Grants] = {role.id: {(role.name, HOLD): frozenset({ALWAYS})} for role in given}
    holdings = Holdings()
    if row is not None and not has_ended(row.expires_at, at=uow.now):
        last = {group_id: [row.expires_at]} | {role.id: [row.expires_at, end] for role, end in given.items()}
        ends = {
            one: min(known) for one, moments in last.items() if (known := [end for end in moments if end])
        }
        holdings = Holdings(frozenset(permits), frozenset({group_id}), frozenset(ends.items()))
    return State(permits=permits, apps=rules, people={person.id.hex: holdings})
