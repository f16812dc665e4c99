"""Giving and taking, without the question who may: what assignments, groups, requests and reviews share.

Each step is under the lock `ACCESS`, tells what happened, and keeps an administrator.
"""

from datetime import datetime

from portal.access.errors import NotHeld
from portal.access.events import (
    GroupMemberAdded,
    GroupMemberChanged,
    GroupMemberRemoved,
    RoleAssigned,
    RoleAssignmentChanged,
    RoleUnassigned,
)
from portal.access.models import Group, GroupMember, Role, UserRole
from portal.access.repository import Groups, Roles
from portal.access.rules import ACCESS, ADMINISTRATOR
from portal.access.services.facts import iso
from portal.access.services.lock_out import ensure_administrator_remains, makes_administrators
from portal.infra.errors import Invalid
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork


def has_ended(expires_at: datetime | None, *, at: datetime) -> bool:
    return expires_at is not None and expires_at <= at


def ensure_is_to_come(uow: UnitOfWork, expires_at: datetime | None) -> None:
    """What ends in the past is not given but taken, and that is another act.

    Raises:
        Invalid
    """
    if has_ended(expires_at, at=uow.now):
        raise Invalid("Choose an end that is still to come", code="in_the_past", field="expires_at")


def give_role_to(
    uow: UnitOfWork,
    person: Ref,
    role: Role,
    *,
    expires_at: datetime | None = None,
    reason: str | None = None,
    is_new: bool = False,
) -> UserRole:
    """The person holds the role directly until then; who holds it already gets the new end. `is_new`: an account of
    this transaction.

    Raises:
        Invalid: the end has passed.
        LastAdministrator: an end for the last one.
    """
    if not is_new:
        uow.lock(ACCESS)
    ensure_is_to_come(uow, expires_at)
    row = None if is_new else Roles(uow.session).assignment(person.id, role.id)
    after = {"role": role.name, "expires_at": iso(expires_at)}
    touched = (person, role.ref)
    if row is not None and not has_ended(row.expires_at, at=uow.now):
        if row.expires_at != expires_at:
            before = {"role": role.name, "expires_at": iso(row.expires_at)}
            row.expires_at, row.reason = expires_at, reason or row.reason
            if role.name == ADMINISTRATOR:
                ensure_administrator_remains(uow)
            uow.publish(RoleAssignmentChanged(touched=touched, before=before, after=after, reason=reason))
        return row
    if row is not None:  # ended by itself: given anew
        uow.session.delete(row)
        uow.session.flush()
    row = UserRole(
        user_id=person.id,
        role_id=role.id,
        assigned_at=uow.now,
        expires_at=expires_at,
        reason=reason,
        assigned_by=uow.actor.id,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.publish(RoleAssigned(touched=touched, after=after, reason=reason, is_new=is_new))
    return row


def take_role_from(uow: UnitOfWork, person: Ref, role: Role, *, reason: str | None = None) -> None:
    """The person does not hold the role directly any more.

    Raises:
        NotHeld: they don't, unless by a group.
        LastAdministrator
    """
    uow.lock(ACCESS)
    row = Roles(uow.session).assignment(person.id, role.id)
    if row is None:
        raise NotHeld(
            f"{person.label} does not hold the role “{role.name}” directly. A role that comes through a "
            "group ends with the membership."
        )
    before = {"role": role.name, "expires_at": iso(row.expires_at)}
    uow.session.delete(row)
    uow.session.flush()
    if role.name == ADMINISTRATOR:
        ensure_administrator_remains(uow)
    uow.publish(RoleUnassigned(touched=(person, role.ref), before=before, reason=reason))


def add_to_group(
    uow: UnitOfWork,
    group: Group,
    person: Ref,
    *,
    expires_at: datetime | None = None,
    reason: str | None = None,
) -> GroupMember:
    """The person is in the group until then; who is in it already gets the new end.

    Raises:
        Invalid: the end has passed.
        LastAdministrator: an end for the last one.
    """
    uow.lock(ACCESS)
    ensure_is_to_come(uow, expires_at)
    row = Groups(uow.session).member(group.id, person.id)
    after, touched = {"expires_at": iso(expires_at)}, (group.ref, person)
    if row is not None and not has_ended(row.expires_at, at=uow.now):
        if row.expires_at != expires_at:
            before = {"expires_at": iso(row.expires_at)}
            row.expires_at, row.reason = expires_at, reason or row.reason
            if makes_administrators(uow, group.id):
                ensure_administrator_remains(uow)
            uow.publish(GroupMemberChanged(touched=touched, before=before, after=after, reason=reason))
        return row
    if row is not None:
        uow.session.delete(row)
        uow.session.flush()
    row = GroupMember(
        group_id=group.id,
        user_id=person.id,
        added_at=uow.now,
        expires_at=expires_at,
        reason=reason,
        added_by=uow.actor.id,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.publish(GroupMemberAdded(touched=touched, after=after, reason=reason))
    return row


def remove_from_group(uow: UnitOfWork, group: Group, person: Ref, *, reason: str | None = None) -> None:
    """The person is not in the group any more.

    Raises:
        NotHeld: they are not in it.
        LastAdministrator
    """
    uow.lock(ACCESS)
    row = Groups(uow.session).member(group.id, person.id)
    if row is None:
        raise NotHeld(f"{person.label} is not in the group “{group.name}”.")
    before = {"expires_at": iso(row.expires_at)}
    uow.session.delete(row)
    uow.session.flush()
    if makes_administrators(uow, group.id):
        ensure_administrator_remains(uow)
    uow.publish(GroupMemberRemoved(touched=(group.ref, person), before=before, reason=reason))
