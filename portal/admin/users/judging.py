"""A file of people against the portal as it is: who would get an account, who has one, and what is wrong.

The job that takes them in judges each line once more, as the portal is by then.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError
from sqlalchemy.orm import Session

from portal.access.repository import Groups, Roles
from portal.access.schemas.bulk import ImportPerson
from portal.accounts.usecases.read_people import Line, known_already, read_people
from portal.admin.console import may

Verdict = Literal["create", "exists", "wrong"]


@dataclass(frozen=True)
class Judged:
    """A line, and whom it would bring."""

    line: Line
    person: ImportPerson | None

    @property
    def verdict(self) -> Verdict:
        if self.line.problems or self.person is None:
            return "wrong"
        return "exists" if self.line.exists else "create"

    @property
    def is_left_out(self) -> bool:
        """Whether there is nothing that a job could do about it."""
        return self.verdict != "create"

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
    roles = {role.name for role in Roles(session).all()} if wanted_roles else set[str]()
    groups = {name for name in wanted_groups if Groups(session).by_name(name)}
    return [_judged(line, roles, groups) for line in lines]


def _judged(line: Line, roles: Collection[str], groups: Collection[str]) -> Judged:
    for column, names, known, is_allowed in (
        ("roles", line.roles, roles, may("update", "role")),
        ("groups", line.groups, groups, may("update", "group")),
    ):
        if names and not is_allowed:
            line = line.wrong(column, "You have no permission to give these; leave the column out")
        for name in names:
            if is_allowed and name not in known:
                line = line.wrong(column, f"There is no “{name[:50]}”")
    if line.wish is None:
        return Judged(line, None)
    if not (line.roles or line.groups or line.attributes):
        # the wish is judged already, and judging ten thousand twice takes a second
        return Judged(line, ImportPerson.model_construct(**dict(line.wish), line=line.number))
    try:
        person = ImportPerson(
            **line.wish.model_dump(),
            roles=line.roles,
            groups=line.groups,
            attributes=dict(line.attributes),
            line=line.number,
        )
    except ValidationError as invalid:
        error = invalid.errors(include_url=False, include_input=False)[0]
        words = str(error.get("ctx", {}).get("error", error["msg"]))
        return Judged(line.wrong(str(error["loc"][0]), words), None)
    return Judged(line, person)
