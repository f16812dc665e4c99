"""Who is in a group, and which roles that brings."""

from uuid import UUID

from portal.access.errors import NotHeld, RoleNotFound
from portal.access.events import GroupRoleChanged, GroupRoleGiven, GroupRoleTaken
from portal.access.models import Group, GroupMember, GroupRole, Role
from portal.access.repository import Groups, Roles
from portal.access.rules import ACCESS, ADMINISTRATOR
from portal.access.schemas import AddMember, ChangeTerm, GiveGroupRole
from portal.access.services.facts import iso
from portal.access.services.giving import add_to_group, ensure_is_to_come, has_ended, remove_from_group
from portal.access.services.lock_out import ensure_administrator_remains
from portal.access.services.powers import ensure_may_fill_group, ensure_may_give_role
from portal.access.usecases.groups import get_group
from portal.accounts.errors import UserNotFound
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.unit_of_work import UnitOfWork


def add_member(uow: UnitOfWork, group_id: UUID, form: AddMember) -> GroupMember:
    """From the next request on the person holds the roles of the group; who is in it already gets the new end.

    Raises:
        GroupNotFound: there is none, or whoever acts has nothing to do with it.
        UserNotFound, TooMuchToGive, LastAdministrator
        Invalid: an end that has passed.
    """
    uow.lock(ACCESS)
    group, user = _both(uow, group_id, form.user_id)
    return add_to_group(uow, group, user.ref, expires_at=form.expires_at, reason=form.reason)


def change_member(uow: UnitOfWork, group_id: UUID, user_id: UUID, form: ChangeTerm) -> GroupMember:
    """Another end, or none, for a membership.

    Raises:
        GroupNotFound, UserNotFound, NotHeld, TooMuchToGive, LastAdministrator
        Invalid: an end that has passed.
    """
    uow.lock(ACCESS)
    group, user = _both(uow, group_id, user_id)
    row = Groups(uow.session).member(group_id, user_id)
    if row is None or has_ended(row.expires_at, at=uow.now):
        raise NotHeld(f"{user.display_name} is not in the group “{group.name}”. Add them anew.")
    return add_to_group(uow, group, user.ref, expires_at=form.expires_at, reason=form.reason)


def remove_member(uow: UnitOfWork, group_id: UUID, user_id: UUID, *, reason: str | None = None) -> None:
    """The person does not hold the roles of the group any more, unless in another way.

    Raises:
        GroupNotFound, UserNotFound, NotHeld, TooMuchToGive, LastAdministrator
    """
    uow.lock(ACCESS)
    group, user = _both(uow, group_id, user_id)
    remove_from_group(uow, group, user.ref, reason=reason)


def give_group_role(uow: UnitOfWork, group_id: UUID, form: GiveGroupRole) -> GroupRole:
    """Everybody in the group holds the role; a group that gives it already gets the new end.

    Raises:
        GroupNotFound, RoleNotFound, TooMuchToGive, LastAdministrator
        Invalid: an end that has passed.
    """
    uow.lock(ACCESS)
    group, role = get_group(uow, group_id), _get_role(uow, form.role_id)
    ensure_may_give_role(uow, role)
    ensure_is_to_come(uow, form.expires_at)
    row = Groups(uow.session).role(group_id, role.id)
    after, touched = {"role": role.name, "expires_at": iso(form.expires_at)}, (group.ref, role.ref)
    if row is not None and not has_ended(row.expires_at, at=uow.now):
        if row.expires_at != form.expires_at:
            before = {"role": role.name, "expires_at": iso(row.expires_at)}
            row.expires_at, row.reason = form.expires_at, form.reason or row.reason
            if role.name == ADMINISTRATOR:
                ensure_administrator_remains(uow)
            uow.publish(GroupRoleChanged(touched=touched, before=before, after=after, reason=form.reason))
        return row
    if row is not None:  # ended by itself: given anew
        uow.session.delete(row)
        uow.session.flush()
    row = GroupRole(
        group_id=group_id,
        role_id=role.id,
        assigned_at=uow.now,
        expires_at=form.expires_at,
        reason=form.reason,
        assigned_by=uow.actor.id,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.publish(GroupRoleGiven(touched=touched, after=after, reason=form.reason))
    return row


def change_group_role(uow: UnitOfWork, group_id: UUID, role_id: UUID, form: ChangeTerm) -> GroupRole:
    """Another end, or none, for a role that the group gives.

    Raises:
        GroupNotFound, RoleNotFound, NotHeld, TooMuchToGive, LastAdministrator
        Invalid: an end that has passed.
    """
    uow.lock(ACCESS)
    group, role = get_group(uow, group_id), _get_role(uow, role_id)
    row = Groups(uow.session).role(group_id, role_id)
    if row is None or has_ended(row.expires_at, at=uow.now):
        raise NotHeld(f"The group “{group.name}” does not give the role “{role.name}”. Give it anew.")
    return give_group_role(
        uow, group_id, GiveGroupRole(role_id=role_id, expires_at=form.expires_at, reason=form.reason)
    )


def take_group_role(uow: UnitOfWork, group_id: UUID, role_id: UUID, *, reason: str | None = None) -> None:
    """Its members do not hold the role any more, unless in another way.

    Raises:
        GroupNotFound, RoleNotFound, NotHeld, TooMuchToGive, LastAdministrator
    """
    uow.lock(ACCESS)
    group, role = get_group(uow, group_id), _get_role(uow, role_id)
    ensure_may_give_role(uow, role)
    row = Groups(uow.session).role(group_id, role_id)
    if row is None:
        raise NotHeld(f"The group “{group.name}” does not give the role “{role.name}”.")
    before = {"role": role.name, "expires_at": iso(row.expires_at)}
    uow.session.delete(row)
    uow.session.flush()
    if role.name == ADMINISTRATOR:
        ensure_administrator_remains(uow)
    uow.publish(GroupRoleTaken(touched=(group.ref, role.ref), before=before, reason=reason))


def _both(uow: UnitOfWork, group_id: UUID, user_id: UUID) -> tuple[Group, User]:
    """The group, if whoever acts may decide who is in it, and the person."""
    group = get_group(uow, group_id)
    ensure_may_fill_group(uow, group)
    user = Users(uow.session).get(user_id)
    if user is None:
        raise UserNotFound
    return group, user


def _get_role(uow: UnitOfWork, role_id: UUID) -> Role:
    role = Roles(uow.session).get(role_id)
    if role is None:
        raise RoleNotFound
    return role
