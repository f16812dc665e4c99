"""Who may do what to many at once, and whom a wish is about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import Session

from portal.access.errors import GroupNotFound, RoleNotFound
from portal.access.repository import Groups, Roles, in_group, with_role
from portal.access.schemas.bulk import BulkKind, BulkWish, ImportMany, PeopleWish
from portal.access.services.powers import has_power
from portal.accounts.repository import PeopleFilter, Users
from portal.infra.errors import Forbidden
from portal.infra.unit_of_work import UnitOfWork

NEEDED: Final[Mapping[BulkKind | Literal["export_audit"], tuple[tuple[str, str], ...]]] = {
    "disable": (("update", "user"),),
    "enable": (("update", "user"),),
    "give_role": (("update", "user"), ("update", "role")),
    "take_role": (("update", "user"), ("update", "role")),
    "join_group": (("update", "user"), ("update", "group")),
    "leave_group": (("update", "user"), ("update", "group")),
    "end_sessions": (("update", "user"), ("delete", "session")),
    "send_recovery": (("update", "user"),),
    "import": (("create", "user"),),
    "export_audit": (("read", "audit"),),
}
"""What each kind needs, as action and resource. Whether it may be done to this one or that is asked for each."""

TITLES: Final[Mapping[BulkKind, str]] = {
    "disable": "Disable people",
    "enable": "Enable people",
    "give_role": "Give the role {name}",
    "take_role": "Take the role {name}",
    "join_group": "Add to the group {name}",
    "leave_group": "Remove from the group {name}",
    "end_sessions": "Sign people out",
    "send_recovery": "Send recovery emails",
    "import": "Import people",
}


def needed_for(wish: BulkWish) -> list[tuple[str, str]]:
    """What this wish reaches, as action and resource, for doors that admit to less than its asker may do: what its kind
    changes, the roles and groups in its lines, and what its filter looks at.
    """
    needed = [*NEEDED[wish.kind]]
    if isinstance(wish, ImportMany):
        asked = {
            ("update", "role"): any(line.roles for line in wish.lines),
            ("update", "group"): any(line.groups for line in wish.lines),
        }
    else:
        matching = wish.people.matching
        asked = {
            ("read", "user"): matching is not None,
            ("read", "role"): matching is not None and matching.role_id is not None,
            ("read", "group"): matching is not None and matching.group_id is not None,
        }
    return needed + [pair for pair, is_asked in asked.items() if is_asked]


class BulkForbidden(Forbidden):
    """Whoever asks, or asked for it, may not do this to many."""

    code = "bulk_forbidden"

    def __init__(self) -> None:
        super().__init__("You have no permission to do this.")


def may_bulk(uow: UnitOfWork, kind: str) -> bool:
    """Whether who acts may do this to many, here and now; somebody who was disabled meanwhile may not."""
    if uow.actor.kind == "user":
        person = Users(uow.session).get(uow.actor.id) if uow.actor.id else None
        if person is None or not person.is_active:
            return False
    needed = next((pairs for known, pairs in NEEDED.items() if known == kind), None)
    return needed is not None and all(has_power(uow, action, resource) for action, resource in needed)


def ensure_may_bulk(uow: UnitOfWork, kind: str) -> None:
    """The same, for whoever asks.

    Raises:
        BulkForbidden
    """
    if not may_bulk(uow, kind):
        raise BulkForbidden


def ensure_may_match(uow: UnitOfWork, wanted: PeopleWish) -> None:
    """Nobody finds out by a filter what they may not read.

    Raises:
        BulkForbidden
    """
    asked = {
        "user": True,
        "role": wanted.role_id is not None,
        "group": wanted.group_id is not None,
    }
    if not all(has_power(uow, "read", resource) for resource, is_asked in asked.items() if is_asked):
        raise BulkForbidden


def title_of(session: Session, kind: BulkKind, *, role_id: UUID | None, group_id: UUID | None) -> str:
    """What people call it.

    Raises:
        RoleNotFound, GroupNotFound: what is to be given is not there.
    """
    name = ""
    if role_id is not None:
        role = Roles(session).get(role_id)
        if role is None:
            raise RoleNotFound
        name = role.name
    if group_id is not None:
        group = Groups(session).get(group_id)
        if group is None:
            raise GroupNotFound
        name = group.name
    return TITLES[kind].format(name=name)


def filter_of(wanted: PeopleWish, *, at: datetime, is_exhaustive: bool = True) -> PeopleFilter:
    """As the repository understands it. For lists that somebody reads, not every match of a text is looked for."""
    among = []
    if wanted.role_id is not None:
        among.append(with_role(wanted.role_id, at=at))
    if wanted.group_id is not None:
        among.append(in_group(wanted.group_id, at=at))
    return PeopleFilter(
        text=wanted.text,
        state=wanted.state,
        is_verified=wanted.is_verified,
        signed_in_since=wanted.signed_in_since,
        signed_in_before=wanted.signed_in_before,
        created_since=wanted.created_since,
        created_before=wanted.created_before,
        among=tuple(among),
        is_exhaustive=is_exhaustive,
    )


def ids_matching(session: Session, wanted: PeopleWish, *, at: datetime) -> Select[UUID]:
    """The question for their ids."""
    return Users(session).ids(filter_of(wanted, at=at))
