"""A plan to bring back an earlier state: what it would become, through which use cases, and what can't come back."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from portal.admin.history.present import Present
from portal.audit.rules import Held, State, differ
from portal.infra.errors import Invalid
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

S = TypeVar("S", bound=BaseModel)

Facts = dict[str, Any]
Step = Callable[[UnitOfWork, str], object]
"""One use case, called with the reason."""


@dataclass(frozen=True)
class Case:
    """What a plan is made from: the row, how it was, how it is (if it still is), and the moment of making it."""

    ref: Ref
    then: State
    then_at: datetime
    present: Present | None
    now: datetime

    @property
    def is_state(self) -> State:
        """How it is now; nothing, where the row is gone."""
        return self.present.state if self.present is not None else State()

    def differs(self, *names: str) -> bool:
        """Whether one of these fields is other now than it was then."""
        return any(differ(self.then.fields.get(name), self.is_state.fields.get(name)) for name in names)

    def running_then(self, relation: str) -> Mapping[str, Facts]:
        """The bonds that had not ended by themselves."""
        return _running(self.then.bonds.get(relation, {}), self.then_at)

    def running_now(self, relation: str) -> Mapping[str, Facts]:
        return _running(self.is_state.bonds.get(relation, {}), self.now)

    def moved(self, relation: str) -> bool:
        """Whether others are at the other end now than were then."""
        return self.running_then(relation).keys() != self.running_now(relation).keys()


@dataclass
class Plan:
    """What would be done, in this order, in one transaction."""

    goal: State
    steps: list[Step] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """What stays as it is although it was other then, in words."""
    obstacle: str = ""
    """Why nothing can be brought back at all; empty where something can."""

    def keep(self, words: str) -> None:
        if words not in self.kept:
            self.kept.append(words)

    def take_fields(self, case: Case, *names: str) -> None:
        """These fields will be what they were."""
        for name in names:
            self.goal.fields[name] = case.then.fields.get(name)


def start(case: Case) -> Plan:
    """Nothing is changed yet."""
    return Plan(goal=State(fields=dict(case.is_state.fields), bonds=deepcopy(case.is_state.bonds)))


def checked(schema: type[S], **values: object) -> S:
    """An input made of what the log has. Rules may have become stricter since.

    Raises:
        Invalid: what was fine then is not any more.
    """
    try:
        return schema.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as problem:
        names = ", ".join(sorted({str(error["loc"][0]) for error in problem.errors() if error["loc"]}))
        raise Invalid(
            f"What it was then can't be saved today: {names or 'something'} breaks a rule."
        ) from None


def id_of(text: object) -> UUID | None:
    """The id in a fact, if it is one."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _running(held: Mapping[str, Held], at: datetime) -> dict[str, Facts]:
    found = {}
    for key, facts in held.items():
        ends_at = (facts or {}).get("expires_at")
        if facts is not None and (ends_at is None or datetime.fromisoformat(ends_at) > at):
            found[key] = facts
    return found
