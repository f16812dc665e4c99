"""Roles for people, and what is noted of them."""

from uuid import UUID

from portal.access.errors import NotHeld, RoleNotFound, TooMuchToGive
from portal.access.events import UserAttributesSet
from portal.access.models import Role, UserRole
from portal.access.repository import Roles
from portal.access.rules import ACCESS
from portal.access.schemas import ChangeTerm, GiveRole, SetUserAttributes
from portal.access.services.facts import ensure_unchanged
from portal.access.services.giving import give_role_to, has_ended, take_role_from
from portal.access.services.powers import ensure_may_give_role, has_power
from portal.accounts.errors import UserNotFound
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.unit_of_work import UnitOfWork


def give_role(uow: UnitOfWork, user_id: UUID, form: GiveRole) -> UserRole:
    """From the next request on the person holds the role; who holds it directly already gets the new end.

    Raises:
        UserNotFound, RoleNotFound, TooMuchToGive, LastAdministrator
        Invalid: an end that has passed.
    """
    uow.lock(ACCESS)
    user, role = _both(uow, user_id, form.role_id)
    ensure_may_give_role(uow, role)
    return give_role_to(uow, user.ref, role, expires_at=form.expires_at, reason=form.reason)


def change_role(uow: UnitOfWork, user_id: UUID, role_id: UUID, form: ChangeTerm) -> UserRole:
    """Another end, or none, for what the person holds directly.

    Raises:
        UserNotFound, RoleNotFound, NotHeld, TooMuchToGive, LastAdministrator
        Invalid: an end that has passed.
    """
    uow.lock(ACCESS)
    user, role = _both(uow, user_id, role_id)
    row = Roles(uow.session).assignment(user_id, role_id)
    if row is None or has_ended(row.expires_at, at=uow.now):
        raise NotHeld(f"{user.display_name} does not hold the role “{role.name}” directly. Give it anew.")
    ensure_may_give_role(uow, role)
    return give_role_to(uow, user.ref, role, expires_at=form.expires_at, reason=form.reason)


def take_role(uow: UnitOfWork, user_id: UUID, role_id: UUID, *, reason: str | None = None) -> None:
    """The person does not hold the role directly any more; a group may still give it.

    Raises:
        UserNotFound, RoleNotFound, NotHeld, TooMuchToGive, LastAdministrator
    """
    uow.lock(ACCESS)
    user, role = _both(uow, user_id, role_id)
    ensure_may_give_role(uow, role)
    take_role_from(uow, user.ref, role, reason=reason)


def set_user_attributes(
    uow: UnitOfWork, user_id: UUID, form: SetUserAttributes, *, if_unchanged: str | None = None
) -> User:
    """What conditions may compare of the person. `if_unchanged` is `version_of(user.attributes or {})` as the form
    showed it.

    Raises:
        UserNotFound, ChangedMeanwhile
        TooMuchToGive: nobody notes of themselves what conditions ask for, unless all permissions are theirs to decide.
    """
    uow.lock(ACCESS)
    user = Users(uow.session).lock(user_id)
    if user is None:
        raise UserNotFound
    if user_id == uow.actor.id and not has_power(uow, "admin", "permission"):
        raise TooMuchToGive(
            "Conditions of permissions may ask for your attributes, so somebody else has to set them."
        )
    before = dict(user.attributes or {})
    ensure_unchanged("person", before, if_unchanged)
    after = dict(form.attributes)
    if after != before:
        user.attributes, user.updated_at = after or None, uow.now
        uow.session.flush()
        uow.publish(
            UserAttributesSet(touched=(user.ref,), before={"attributes": before}, after={"attributes": after})
        )
    return user


def _both(uow: UnitOfWork, user_id: UUID, role_id: UUID) -> tuple[User, Role]:
    user, role = Users(uow.session).get(user_id), Roles(uow.session).get(role_id)
    if user is None:
        raise UserNotFound
    if role is None:
        raise RoleNotFound
    return user, role
