"""Steps of requests that come twice: as a door asks, does and keeps."""

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal.infra.actor import Actor
from portal.infra.idempotency import Answer, KeptAnswer, Repeatable, idempotent, request_digest
from portal.infra.ids import new_id
from portal.infra.outbox import OutboxMessage

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork

MAYA = Actor(kind="user", id=new_id(), label="maya")
BODY = request_digest("POST", "/api/v1/things", b'{"name":"one"}')
SECRET = "sec_0123456789"


def ask(
    uow: "UnitOfWork", key: str = "k", *, actor: Actor = MAYA, operation: str = "make", body: bytes = BODY
) -> Repeatable:
    return idempotent(uow, key=key, operation=operation, actor=actor, request_digest=body)


def make(portal: "Portal", key: str = "k", *, actor: Actor = MAYA, operation: str = "make") -> Answer:
    """As a door does it: ask, do, keep, answer."""
    with portal.unit_of_work(actor) as uow:
        once = ask(uow, key, actor=actor, operation=operation)
        if once.answer is not None:
            return once.answer
        made = uow.enqueue("made", {"key": key})
        answer = Answer(
            status=201, headers={"Location": f"/things/{made.id}"}, body=f"{made.id} {SECRET}".encode()
        )
        once.keep(answer)
        return answer


def made(portal: "Portal") -> list[str]:
    with portal.reading() as session:
        return sorted(one.payload["key"] for one in session.scalars(select(OutboxMessage)))


def kept(portal: "Portal") -> int:
    with portal.reading() as session:
        return session.scalar(select(func.count()).select_from(KeptAnswer)) or 0
