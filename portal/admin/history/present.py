"""Rows as they are now, in the shape in which the log keeps them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository import Groups, Permissions, Resources, Roles
from portal.access.services.facts import describe_role, iso
from portal.accounts.repository import Users
from portal.audit.rules import Held, State
from portal.clients.repository import Clients
from portal.infra.events import Ref

MOST_BONDS: Final = 2000
"""A relation with more than so many at its other end is left out: nobody reads such a list."""

Bond = tuple[UUID, str, datetime | None]


@dataclass(frozen=True)
class Present:
    """A row that there is."""

    ref: Ref
    state: State
    created_at: datetime | None = None
    too_many: frozenset[str] = field(default_factory=frozenset)
    """Relations that were left out."""


def present_of(session: Session, kind: str, row_id: UUID) -> Present | None:
    """The row as of now; None if there is none."""
    return _READERS[kind](session, row_id)


def _user(session: Session, row_id: UUID) -> Present | None:
    user = Users(session).get(row_id)
    if user is None:
        return None
    groups = Groups(session)
    bonds = {
        "roles": _held(
            (role.id, role.name, row.expires_at) for row, role in Roles(session).assignments_of(row_id)
        ),
        "groups": _held(
            (group.id, group.name, row.expires_at) for row, group in groups.memberships_of(row_id)
        ),
        "administers": _held((group.id, group.name, None) for group in groups.administered_by(row_id)),
    }
    return Present(user.ref, State(fields=user.describe(), bonds=bonds), user.created_at)


def _group(session: Session, row_id: UUID) -> Present | None:
    groups = Groups(session)
    group = groups.get(row_id)
    if group is None:
        return None
    members = groups.members_page(row_id, size=MOST_BONDS)
    bonds = {
        "members": _held((one.user.id, one.user.username, one.row.expires_at) for one in members.items),
        "roles": _held((role.id, role.name, row.expires_at) for row, role in groups.roles_of(row_id)),
        "administrators": _held(
            (user.id, user.username, None) for _, user in groups.administrators_of(row_id)
        ),
    }
    state = State(fields=group.describe(), bonds=bonds)
    return _bounded(Present(group.ref, state, group.created_at), "members", more=members.older is not None)


def _role(session: Session, row_id: UUID) -> Present | None:
    role = Roles(session).get(row_id)
    if role is None:
        return None
    facts = describe_role(session, role)
    people = Roles(session).assignments_page(row_id, size=MOST_BONDS)
    bonds: dict[str, dict[str, Held]] = {
        "permissions": {
            one.key: {"label": one.key, "conditions": one.conditions}
            for one in Permissions(session).of_role(row_id)
        },
        "people": _held((one.user.id, one.user.username, one.row.expires_at) for one in people.items),
        "groups": _held(
            (group.id, group.name, row.expires_at) for row, group in Groups(session).with_role(row_id)
        ),
    }
    state = State(fields={name: facts[name] for name in facts if name != "permissions"}, bonds=bonds)
    return _bounded(Present(role.ref, state, role.created_at), "people", more=people.older is not None)


def _resource(session: Session, row_id: UUID) -> Present | None:
    resource = Resources(session).get(row_id)
    return Present(resource.ref, State(fields=resource.describe())) if resource is not None else None


def _client(session: Session, row_id: UUID) -> Present | None:
    clients = Clients(session)
    client = clients.find(row_id)
    if client is None:
        return None
    audience = clients.audience_of(row_id)
    bonds = {
        "roles": _held((role.id, role.label, None) for role in audience.roles),
        "groups": _held((group.id, group.label, None) for group in audience.groups),
    }
    return Present(client.ref, State(fields=client.describe(), bonds=bonds), client.created_at)


def _held(bonds: Iterable[Bond]) -> dict[str, Held]:
    return {str(row_id): {"label": label, "expires_at": iso(ends_at)} for row_id, label, ends_at in bonds}


def _bounded(present: Present, relation: str, *, more: bool) -> Present:
    if not more:
        return present
    del present.state.bonds[relation]
    return Present(present.ref, present.state, present.created_at, frozenset({relation}))


_READERS: Final[Mapping[str, Callable[[Session, UUID], Present | None]]] = {
    "user": _user,
    "group": _group,
    "role": _role,
    "resource": _resource,
    "client": _client,
}
