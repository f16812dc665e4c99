"""Domain events and the three moments at which something follows from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from portal.infra.ports import Ports
    from portal.infra.unit_of_work import UnitOfWork

Facts = Mapping[str, Any]
Outcome = Literal["success", "failure"]


class Ref(NamedTuple):
    """A row that an event touched. `label` is what a person calls it, kept for when the row is gone."""

    type: str
    id: UUID
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened: ids and plain values only, never a row, never a secret.

    `touched` names every row it changed or was about, the most important first. `before` and `after` hold the
    fields that changed, as a model's `describe()` gives them.
    """

    label: ClassVar[str] = ""
    outcome: ClassVar[Outcome] = "success"

    touched: tuple[Ref, ...] = ()
    before: Facts | None = None
    after: Facts | None = None
    reason: str | None = None
    details: Facts = field(default_factory=dict)


def changes(before: Facts, after: Facts) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two sides of what differs between two descriptions of one row."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}


InsideHandler = Callable[["UnitOfWork", Any], None]
AfterHandler = Callable[["Ports", Any], None]


class EventBus:
    """Who follows which event, and when.

    * inside: in the same transaction, at the moment of `publish`; an exception undoes everything (audit).
    * outbox: inside too, but what they do is `uow.enqueue(...)`, so that delivery happens only if the
    transaction does (mail).
    * after: once the transaction has been committed, best effort (caches, metrics).
    """

    def __init__(self) -> None:
        self._inside: list[tuple[type[Event], InsideHandler]] = []
        self._after: list[tuple[type[Event], AfterHandler]] = []

    def inside(self, kind: type[Event], handler: InsideHandler) -> None:
        self._inside.append((kind, handler))

    def outbox(self, kind: type[Event], handler: InsideHandler) -> None:
        self._inside.append((kind, handler))

    def after(self, kind: type[Event], handler: AfterHandler) -> None:
        self._after.append((kind, handler))

    def run_inside(self, uow: "UnitOfWork", event: Event) -> None:
        for kind, handler in self._inside:
            if isinstance(event, kind):
                handler(uow, event)

    def after_handlers(self, event: Event) -> list[AfterHandler]:
        return [handler for kind, handler in self._after if isinstance(event, kind)]
