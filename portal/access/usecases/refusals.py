"""A no that is remembered: the whole explanation, under the reference that the refused person reads on the page."""

from uuid import UUID

from portal.access.events import AccessRefused
from portal.access.rules.decisions import Decision
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

__all__ = ["remember_refusal"]


def remember_refusal(uow: UnitOfWork, decision: Decision) -> None:
    """The reference is the request's id, which the entry bears. What it says of the person is sealed with their key."""
    asked = decision.asked
    person = Ref("user", UUID(asked.user_id), asked.user)
    resource = (Ref("resource", UUID(asked.resource_id), asked.resource),) if asked.resource_id else ()
    uow.publish(
        AccessRefused(
            touched=(person, *resource),
            reason=decision.reason.value,
            details={"permission": f"{asked.resource}:{asked.action}", "decision": decision.to_json()},
        )
    )
