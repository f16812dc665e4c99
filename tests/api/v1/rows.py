"""A hundred of everything that lists of access show, written as rows: for counting statements, not for trying rules."""

from datetime import UTC, datetime
from uuid import UUID

from portal.access.models import Group, GroupMember, Permission, Resource, Role, UserRole
from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM

HUNDRED = 100
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def add_a_hundred(portal: Portal, *, group_id: UUID, role_id: UUID) -> None:
    """A hundred people, who each are in the group, hold the role and own one; and as many groups and permissions."""
    with portal.unit_of_work(SYSTEM) as uow:
        resource = Resource(name="crowd", type="service")
        people = [
            User(
                username=f"person{number}", email=f"person{number}@example.org", name=f"Person {number}",
                created_at=LONG_AGO, updated_at=LONG_AGO,
            )
            for number in range(HUNDRED)
        ]  # fmt: skip
        uow.session.add_all([resource, *people])
        uow.session.flush()
        owned = [Role(name=f"role {one.username}", created_at=LONG_AGO, owner_id=one.id) for one in people]
        uow.session.add_all(owned)
        uow.session.add_all(Group(name=f"Group {one.username}", created_at=LONG_AGO) for one in people)
        uow.session.flush()
        for person, role in zip(people, owned, strict=True):
            uow.session.add_all([
                GroupMember(group_id=group_id, added_at=LONG_AGO, added_by=person.id, user_id=person.id),
                UserRole(role_id=role_id, assigned_at=LONG_AGO, assigned_by=person.id, user_id=person.id),
                Permission(role_id=role.id, resource_id=resource.id, action="read"),
            ])  # fmt: skip
