"""What an operator does to roles themselves."""

from uuid import UUID

from sqlalchemy import Select, delete, func, select

from portal.access.errors import NameTaken, PartOfThePortal, RoleNotFound
from portal.access.events import RoleCreated, RoleDeleted, RoleEdited
from portal.access.models import GroupRole, Role, UserRole
from portal.access.repository import Permissions, Roles
from portal.access.rules import ACCESS
from portal.access.schemas import CreateRole, EditRole
from portal.access.services.facts import describe_role, ensure_unchanged
from portal.access.services.powers import ensure_may_give_role, ensure_may_hand_out
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.errors import Invalid
from portal.infra.events import Ref, changes
from portal.infra.unit_of_work import UnitOfWork


def create_role(uow: UnitOfWork, form: CreateRole) -> Role:
    """A role that permits nothing yet, and that nobody holds.

    Raises:
        NameTaken
        Invalid: nobody is called like the owner.
    """
    uow.lock(ACCESS)
    if Roles(uow.session).exists_by_name(form.name):
        raise NameTaken("role")
    owner = _owner(uow, form.owner)
    role = Role(
        name=form.name,
        description=form.description,
        created_at=uow.now,
        owner_id=owner.id if owner else None,
        is_requestable=form.is_requestable,
    )
    uow.session.add(role)
    uow.session.flush()
    uow.publish(RoleCreated(touched=_touched(role, owner), after=describe_role(uow.session, role)))
    return role


def edit_role(uow: UnitOfWork, role_id: UUID, form: EditRole, *, if_unchanged: str | None = None) -> Role:
    """Who holds it holds it under the new name. `if_unchanged` is `version_of(role.describe())` as the form showed it.

    Raises:
        RoleNotFound, NameTaken, ChangedMeanwhile
        PartOfThePortal: another name for a system role.
        TooMuchToGive: another owner, who could then give away more than whoever acts may do.
        Invalid: nobody is called like the owner.
    """
    uow.lock(ACCESS)
    role = get_role(uow, role_id)
    before = role.describe()
    ensure_unchanged("role", before, if_unchanged)
    if form.name != role.name:
        if role.is_system:
            raise PartOfThePortal("A system role keeps its name: the portal asks for it.", field="name")
        if form.name.lower() != role.name.lower() and Roles(uow.session).exists_by_name(form.name):
            raise NameTaken("role")
    owner = _owner(uow, form.owner)
    if owner is not None and owner.id != role.owner_id:
        permitted = Permissions(uow.session).of_role(role.id)
        ensure_may_hand_out(uow, permitted, what=f"The role “{role.name}”, whose owner may give it,")
    role.name, role.description = form.name, form.description
    role.owner_id, role.is_requestable = owner.id if owner else None, form.is_requestable
    changed_from, changed_to = changes(before, role.describe())
    if changed_to:
        uow.session.flush()
        uow.publish(RoleEdited(touched=_touched(role, owner), before=changed_from, after=changed_to))
    return role


def delete_role(
    uow: UnitOfWork, role_id: UUID, *, reason: str | None = None, if_unchanged: str | None = None
) -> None:
    """Nobody holds it any more, by themselves or by a group, and no app asks for it.

    Raises:
        RoleNotFound, ChangedMeanwhile
        PartOfThePortal: a system role.
        TooMuchToGive
    """
    uow.lock(ACCESS)
    role = get_role(uow, role_id)
    ensure_unchanged("role", role.describe(), if_unchanged)
    if role.is_system:
        raise PartOfThePortal("A system role is part of the portal and can't be deleted.")
    ensure_may_give_role(uow, role)
    before, ref = describe_role(uow.session, role), role.ref
    held = {
        "people": _count(uow, select(func.count()).where(UserRole.role_id == role.id)),
        "groups": _count(uow, select(func.count()).where(GroupRole.role_id == role.id)),
    }
    uow.session.expunge(role)
    uow.session.execute(delete(Role).where(Role.id == role_id))
    uow.publish(RoleDeleted(touched=(ref,), before=before, reason=reason, details=held))


def get_role(uow: UnitOfWork, role_id: UUID) -> Role:
    """The role as of now.

    Raises:
        RoleNotFound
    """
    role = uow.session.get(Role, role_id, populate_existing=True)
    if role is None:
        raise RoleNotFound
    return role


def _owner(uow: UnitOfWork, given: str | None) -> User | None:
    """Whoever is meant by a username, an address or an id.

    Raises:
        Invalid
    """
    if not given:
        return None
    users = Users(uow.session)
    try:
        user = users.get(UUID(given))
    except ValueError:
        user = users.by_identifier(given)
    if user is None:
        raise Invalid("Nobody has that username or address", code="owner_unknown", field="owner")
    return user


def _touched(role: Role, owner: User | None) -> tuple[Ref, ...]:
    return (role.ref, owner.ref) if owner else (role.ref,)


def _count(uow: UnitOfWork, query: Select[int]) -> int:
    return uow.session.scalar(query) or 0
