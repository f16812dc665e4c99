"""What an operator does to groups themselves, and who looks after one."""

from uuid import UUID

from sqlalchemy import delete, func, select

from portal.access.errors import GroupNotFound, NameTaken, NotHeld
from portal.access.events import (
    GroupAdministratorAdded,
    GroupAdministratorRemoved,
    GroupCreated,
    GroupDeleted,
    GroupEdited,
)
from portal.access.models import Group, GroupAdministrator, GroupMember
from portal.access.repository import Groups
from portal.access.rules import ACCESS
from portal.access.schemas import AddGroupAdministrator, CreateGroup, EditGroup
from portal.access.services.facts import ensure_unchanged
from portal.access.services.lock_out import ensure_administrator_remains, makes_administrators
from portal.access.services.powers import ensure_may_delegate_group
from portal.accounts.errors import UserNotFound
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.events import changes
from portal.infra.unit_of_work import UnitOfWork


def create_group(uow: UnitOfWork, form: CreateGroup) -> Group:
    """A group with nobody in it, that gives no role yet.

    Raises:
        NameTaken
    """
    uow.lock(ACCESS)
    if Groups(uow.session).by_name(form.name) is not None:
        raise NameTaken("group")
    group = Group(
        name=form.name,
        description=form.description,
        is_requestable=form.is_requestable,
        created_at=uow.now,
    )
    uow.session.add(group)
    uow.session.flush()
    uow.publish(GroupCreated(touched=(group.ref,), after=group.describe()))
    return group


def edit_group(uow: UnitOfWork, group_id: UUID, form: EditGroup, *, if_unchanged: str | None = None) -> Group:
    """Apps that are told the groups of a person hear the new name from their next token on. `if_unchanged` is
    `version_of(group.describe())` as the form showed it.

    Raises:
        GroupNotFound, NameTaken, ChangedMeanwhile
    """
    uow.lock(ACCESS)
    group = get_group(uow, group_id)
    before = group.describe()
    ensure_unchanged("group", before, if_unchanged)
    if form.name.lower() != group.name.lower() and Groups(uow.session).by_name(form.name) is not None:
        raise NameTaken("group")
    group.name, group.description, group.is_requestable = form.name, form.description, form.is_requestable
    changed_from, changed_to = changes(before, group.describe())
    if changed_to:
        uow.session.flush()
        uow.publish(GroupEdited(touched=(group.ref,), before=changed_from, after=changed_to))
    return group


def delete_group(
    uow: UnitOfWork, group_id: UUID, *, reason: str | None = None, if_unchanged: str | None = None
) -> None:
    """Its members lose the roles that they hold by it alone.

    Raises:
        GroupNotFound, ChangedMeanwhile, TooMuchToGive, LastAdministrator
    """
    uow.lock(ACCESS)
    group = get_group(uow, group_id)
    before, ref = group.describe(), group.ref
    ensure_unchanged("group", before, if_unchanged)
    ensure_may_delegate_group(uow, group)
    roles = [role for _, role in Groups(uow.session).roles_of(group_id)]
    members = uow.session.scalar(select(func.count()).where(GroupMember.group_id == group_id)) or 0
    made_administrators = makes_administrators(uow, group_id)
    uow.session.expunge(group)
    uow.session.execute(delete(Group).where(Group.id == group_id))
    if made_administrators:
        ensure_administrator_remains(uow)
    details = {"members": members, "roles": [role.name for role in roles]}
    touched = (ref, *(role.ref for role in roles))
    uow.publish(GroupDeleted(touched=touched, before=before, reason=reason, details=details))


def add_group_administrator(uow: UnitOfWork, group_id: UUID, form: AddGroupAdministrator) -> None:
    """The person may add and remove members of this group from now on; nothing happens to who may already.

    Raises:
        GroupNotFound, UserNotFound, TooMuchToGive
    """
    uow.lock(ACCESS)
    group, user = get_group(uow, group_id), _get_user(uow, form.user_id)
    ensure_may_delegate_group(uow, group)
    if Groups(uow.session).is_administered_by(group_id, form.user_id):
        return
    uow.session.add(
        GroupAdministrator(
            group_id=group_id, user_id=form.user_id, assigned_at=uow.now, assigned_by=uow.actor.id
        )
    )
    uow.session.flush()
    uow.publish(GroupAdministratorAdded(touched=(group.ref, user.ref), reason=form.reason))


def remove_group_administrator(
    uow: UnitOfWork, group_id: UUID, user_id: UUID, *, reason: str | None = None
) -> None:
    """The person may not add and remove members of this group any more.

    Raises:
        GroupNotFound, UserNotFound, NotHeld
    """
    uow.lock(ACCESS)
    group, user = get_group(uow, group_id), _get_user(uow, user_id)
    row = Groups(uow.session).administrator(group_id, user_id)
    if row is None:
        raise NotHeld(f"{user.display_name} does not look after the group “{group.name}”.")
    uow.session.delete(row)
    uow.session.flush()
    uow.publish(GroupAdministratorRemoved(touched=(group.ref, user.ref), reason=reason))


def get_group(uow: UnitOfWork, group_id: UUID) -> Group:
    """The group as of now.

    Raises:
        GroupNotFound
    """
    group = uow.session.get(Group, group_id, populate_existing=True)
    if group is None:
        raise GroupNotFound
    return group


def _get_user(uow: UnitOfWork, user_id: UUID) -> User:
    user = Users(uow.session).get(user_id)
    if user is None:
        raise UserNotFound
    return user
