"""A file of people against the portal as it is: who would get an account, who has one, and what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.orm import Session

from portal.access.repository import Groups, Roles
from portal.access.schemas import AddMember, GiveRole, SetUserAttributes
from portal.access.usecases.assignments import give_role
from portal.access.usecases.memberships import add_member
from portal.accounts.errors import EmailTaken
from portal.accounts.usecases.add_users import add_user
from portal.accounts.usecases.read_people import Line, known_already, read_people
from portal.admin.console import may
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork

Verdict = Literal["create", "exists", "wrong"]
REASON: Final = "imported from a file"


@dataclass(frozen=True)
class Judged:
    """A line, what would become of it, and the rows behind the names in it."""

    line: Line
    roles: tuple[UUID, ...]
    groups: tuple[UUID, ...]

    @property
    def verdict(self) -> Verdict:
        if self.line.problems or self.line.wish is None:
            return "wrong"
        return "exists" if self.line.exists else "create"

    @property
    def words(self) -> str:
        """The verdict for people."""
        if self.verdict == "wrong":
            return "; ".join(f"{problem.column}: {problem.words}" for problem in self.line.problems)
        return (
            "Has an account already; nothing is changed"
            if self.verdict == "exists"
            else "Would get an account"
        )


def judge(session: Session, text: str) -> list[Judged]:
    """The whole file.

    Raises:
        Invalid: it is no file of people.
    """
    lines = known_already(session, read_people(text))
    wanted_roles = {name for line in lines for name in line.roles}
    wanted_groups = {name for line in lines for name in line.groups}
    roles = {role.name: role.id for role in Roles(session).all()} if wanted_roles else {}
    groups = {name: group.id for name in wanted_groups if (group := Groups(session).by_name(name))}
    return [_judged(line, roles, groups) for line in lines]


def take_in(uow: UnitOfWork, judged: Judged, *, invite: bool) -> tuple[Verdict, str]:
    """Make one account with all that the line says, or nothing of it; what came of it, in words."""
    if judged.verdict == "create" and judged.line.wish is not None:
        try:
            with uow.session.begin_nested():
                user = add_user(uow, judged.line.wish, invite=invite, attributes=judged.line.attributes)
                for role_id in judged.roles:
                    give_role(uow, user.id, GiveRole(role_id=role_id, reason=REASON))
                for group_id in judged.groups:
                    add_member(uow, group_id, AddMember(user_id=user.id, reason=REASON))
        except EmailTaken:
            return "exists", "Got an account meanwhile; nothing is changed"
        except DomainError as problem:
            return "wrong", problem.message
        return "create", "Got an account" + (" and an invitation" if invite else "")
    return judged.verdict, judged.words


def _judged(line: Line, roles: Mapping[str, UUID], groups: Mapping[str, UUID]) -> Judged:
    for column, names, known, is_allowed in (
        ("roles", line.roles, roles, may("update", "role")),
        ("groups", line.groups, groups, may("update", "group")),
    ):
        if names and not is_allowed:
            line = line.wrong(column, "You have no permission to give these; leave the column out")
        for name in names:
            if is_allowed and name not in known:
                line = line.wrong(column, f"There is no “{name[:50]}”")
    if line.attributes:
        try:
            SetUserAttributes.model_validate({"attributes": dict(line.attributes)})
        except ValidationError as invalid:
            line = line.wrong("attributes", _first(invalid))
    return Judged(line, _ids(line.roles, roles), _ids(line.groups, groups))


def _ids(names: Sequence[str], known: Mapping[str, UUID]) -> tuple[UUID, ...]:
    return tuple(known[name] for name in names if name in known)


def _first(invalid: ValidationError) -> str:
    error = invalid.errors(include_url=False, include_input=False)[0]
    return str(error.get("ctx", {}).get("error", error["msg"]))
