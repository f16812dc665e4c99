"""Who may give what. Nobody gives, or takes, more than they may do themselves (CVE-2021-45379 and its kin)."""

from collections.abc import Collection, Iterable
from typing import Final
from uuid import UUID

from portal.access.errors import GroupNotFound, TooMuchToGive
from portal.access.models import Group, Role
from portal.access.repository import Groups, Permissions, Permitted, Roles
from portal.access.rules import PORTAL_RESOURCES, PermissionSet, permits
from portal.access.rules.conditions import Context
from portal.access.services.decisions import Access, compile_access
from portal.access.services.roles import permissions_of
from portal.accounts.repository import Users
from portal.infra.unit_of_work import UnitOfWork

_NAMED: Final = 3
_TRUSTED: Final = frozenset({"cli", "system"})


def has_power(uow: UnitOfWork, action: str, resource: str) -> bool:
    """Whether who acts may do this here and now; whoever sits at the host may do everything.

    Of the circumstances a unit of work knows the time and the address. A condition that asks for others does not hold.
    """
    if uow.actor.kind in _TRUSTED or permits(_own(uow), action, resource):
        return True
    user = Users(uow.session).get(uow.actor.id) if uow.actor.kind == "user" and uow.actor.id else None
    if user is None:
        return False
    context = Context(now=uow.now, ip=uow.actor.ip)
    compiled = compile_access(uow.session, user.id, at=uow.now)
    return Access(user_id=user.id, person=user, context=context, compiled=compiled).permits(action, resource)


def ensure_may_hand_out(
    uow: UnitOfWork, permitted: Iterable[Permitted], *, what: str, is_delegate: bool = False
) -> None:
    """Whether who acts may decide that somebody else may do all this, or may not any more.

    The portal's own rooms: only who may do the same, without conditions. What belongs to apps: who may do the same,
    or decides about all permissions (`admin` on `permission`), or was made a delegate for just this.

    Raises:
        TooMuchToGive: with what is missing.
    """
    if uow.actor.kind in _TRUSTED:
        return
    own = _own(uow)
    decides = is_delegate or permits(own, "admin", "permission")
    beyond = sorted(
        {
            one.key
            for one in permitted
            if not permits(own, one.action, one.resource)
            and (one.resource in PORTAL_RESOURCES or not decides)
        }
    )
    if beyond:
        named = ", ".join(beyond[:_NAMED]) + (f" and {len(beyond) - _NAMED} more" if beyond[_NAMED:] else "")
        raise TooMuchToGive(
            f"{what} permits {named}, which you may not do yourself. Somebody who may has to decide this."
        )


def ensure_may_give_role(uow: UnitOfWork, role: Role) -> None:
    """Whether who acts may decide who holds the role; its owner was made a delegate for it.

    Raises:
        TooMuchToGive
    """
    is_owner = uow.actor.id is not None and uow.actor.id == role.owner_id
    ensure_may_hand_out(
        uow, Permissions(uow.session).of_role(role.id), what=f"The role “{role.name}”", is_delegate=is_owner
    )


def ensure_may_fill_group(uow: UnitOfWork, group: Group) -> None:
    """Whether who acts may decide who is in the group: they may update groups, or look after just this one.

    Raises:
        GroupNotFound: the group is no affair of theirs.
        TooMuchToGive: the roles of the group permit more than they may hand out.
    """
    is_delegate = looks_after(uow, group.id)
    if not is_delegate and not has_power(uow, "update", "group"):
        raise GroupNotFound
    _ensure_may_hand_out_roles_of(uow, group, is_delegate=is_delegate)


def ensure_may_delegate_group(uow: UnitOfWork, group: Group) -> None:
    """Whether who acts may let others decide who is in the group, or do away with it.

    Raises:
        TooMuchToGive
    """
    _ensure_may_hand_out_roles_of(uow, group, is_delegate=False)


def ensure_may_stand_in_for(uow: UnitOfWork, user_id: UUID) -> None:
    """Whether who acts may do all that this person may: whoever decides where somebody's mail goes can become them, by
    a link to a new password.

    Raises:
        TooMuchToGive
    """
    role_ids = [role.id for role in Roles(uow.session).of_user(user_id, at=uow.now)]
    permitted = [one for of_role in Permissions(uow.session).of_roles(role_ids).values() for one in of_role]
    ensure_may_hand_out(uow, permitted, what="This account")


def looks_after(uow: UnitOfWork, group_id: UUID) -> bool:
    """Whether who acts was made an administrator of this group."""
    acting = uow.actor.id if uow.actor.kind == "user" else None
    return acting is not None and Groups(uow.session).is_administered_by(group_id, acting)


def _ensure_may_hand_out_roles_of(uow: UnitOfWork, group: Group, *, is_delegate: bool) -> None:
    role_ids = [role.id for _, role in Groups(uow.session).roles_of(group.id)]
    permitted: Collection[Permitted] = [
        one for of_role in Permissions(uow.session).of_roles(role_ids).values() for one in of_role
    ]
    ensure_may_hand_out(uow, permitted, what=f"The group “{group.name}”", is_delegate=is_delegate)


def _own(uow: UnitOfWork) -> PermissionSet:
    if uow.actor.kind != "user" or uow.actor.id is None:
        return frozenset()
    return permissions_of(uow.session, uow.actor.id, at=uow.now)
