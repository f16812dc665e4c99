"""People from a file or a program: an account each, with what its line says, or nothing of it.

No line brings a password, so nothing is hashed here: whoever is new sets one by a mailed link.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Final
from uuid import UUID

from portal.access.errors import GroupNotFound, RoleNotFound
from portal.access.repository import Groups, Roles
from portal.access.rules import ACCESS
from portal.access.schemas import AddMember, GiveRole
from portal.access.schemas.bulk import ImportPerson
from portal.access.services.powers import has_power
from portal.access.usecases.assignments import give_role
from portal.access.usecases.memberships import add_member
from portal.accounts.errors import EmailTaken
from portal.accounts.repository import Users
from portal.accounts.services import IDENTIFIERS
from portal.accounts.usecases.add_users import add_user
from portal.infra.bulk import BulkItem, BulkJob
from portal.infra.bulk.sealing import place_of_item
from portal.infra.crypto.sealing import SealBroken
from portal.infra.errors import Forbidden, Invalid, NotFound
from portal.infra.unit_of_work import UnitOfWork
from portal.jobs.bulk.outcomes import Doing, Outcome

REASON: Final = "imported from a file"


class _Names:
    """The rows behind the names in lines, looked up once for a batch."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._roles: dict[str, UUID] = {}
        self._groups: dict[str, UUID] = {}

    def roles(self, names: Sequence[str]) -> list[UUID]:
        if names and not self._may_give_roles:
            raise Forbidden("You have no permission to give roles; leave them out")
        return [self._role(name) for name in names]

    def groups(self, names: Sequence[str]) -> list[UUID]:
        if names and not self._may_fill_groups:
            raise Forbidden("You have no permission to fill groups; leave them out")
        return [self._group(name) for name in names]

    @cached_property
    def _may_give_roles(self) -> bool:
        return has_power(self._uow, "update", "role")

    @cached_property
    def _may_fill_groups(self) -> bool:
        return has_power(self._uow, "update", "group")

    def _role(self, name: str) -> UUID:
        if name not in self._roles:
            role = Roles(self._uow.session).by_name(name)
            if role is None:
                raise _no_such(name, RoleNotFound.code, "roles")
            self._roles[name] = role.id
        return self._roles[name]

    def _group(self, name: str) -> UUID:
        if name not in self._groups:
            group = Groups(self._uow.session).by_name(name)
            if group is None:
                raise _no_such(name, GroupNotFound.code, "groups")
            self._groups[name] = group.id
        return self._groups[name]


def importing(uow: UnitOfWork, job: BulkJob) -> Doing:
    """The locks in the order of everybody who adds people."""
    uow.lock(ACCESS)
    uow.lock(IDENTIFIERS)
    names, invite = _Names(uow), job.parameters.get("invite") is True

    def take_in(item: BulkItem) -> Outcome:
        person = _opened(uow, item)
        try:
            user = add_user(uow, person, invite=invite, attributes=person.attributes)
        except EmailTaken:
            known = Users(uow.session).by_email(person.email)
            words = "Has an account already; nothing is changed"
            return Outcome("unchanged", "exists", words, known.id if known else None)
        # whatever these refuse takes the account along
        roles, groups = names.roles(person.roles), names.groups(person.groups)
        for role_id in roles:
            give_role(uow, user.id, GiveRole(role_id=role_id, reason=REASON))
        for group_id in groups:
            add_member(uow, group_id, AddMember(user_id=user.id, reason=REASON))
        return Outcome(
            "done", "created", "Got an account" + (" and an invitation" if invite else ""), user.id
        )

    return take_in


def _opened(uow: UnitOfWork, item: BulkItem) -> ImportPerson:
    try:
        text = uow.ports.sealer.open(item.sealed or "", place_of_item(item.job_id, item.position))
    except SealBroken:
        raise Invalid("The line can't be read any more; import it again", code="unreadable") from None
    return ImportPerson.model_validate_json(text)


def _no_such(name: str, code: str, field: str) -> NotFound:
    return NotFound(f"There is no “{name[:50]}”", code=code, field=field)
