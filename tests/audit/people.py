"""Entries about people, for tests of what is kept of them."""

from typing import TYPE_CHECKING

from portal.audit.usecases import erase_person
from portal.infra.actor import CLI, Actor
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id

if TYPE_CHECKING:
    from portal.bootstrap import Portal

MAYA, DEVON, KESTREL = new_id(), new_id(), new_id()
BY_MAYA = Actor(
    kind="user",
    id=MAYA,
    label="maya.okafor",
    ip="203.0.113.7",
    user_agent="Firefox on Ubuntu",
    request_id="req_7",
)
OF_DEVON = Ref("user", DEVON, "devon.reyes")
SECRETS = ("maya.okafor", "203.0.113.7", "Firefox on Ubuntu", "devon.reyes", "Rua Augusta", "ill for months")


class Moved(Event):
    """Somebody's address changed, for these tests."""

    label = "test.moved"


class Painted(Event):
    """A thing changed, for these tests."""

    label = "test.repainted"


def move(portal: "Portal", actor: Actor = BY_MAYA) -> None:
    with portal.unit_of_work(actor) as uow:
        uow.publish(
            Moved(
                touched=(OF_DEVON, Ref("client", KESTREL, "Kestrel")),
                before={"street": None},
                after={"street": "Rua Augusta"},
                details={"count": 1},
                reason="ill for months",
            )
        )


def erase(portal: "Portal", person: "object") -> bool:
    with portal.unit_of_work(CLI) as uow:
        return erase_person(uow, person)  # type: ignore[arg-type]
