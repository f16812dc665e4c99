"""A job, put down: what it is, who wants it, and from where they asked."""

from typing import Any
from uuid import UUID

import orjson

from portal.infra.bulk.models import BulkJob
from portal.infra.bulk.sealing import place_of_origin
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork


def put_down(
    uow: UnitOfWork, kind: str, *, label: str, parameters: dict[str, Any], job_id: UUID | None = None
) -> BulkJob:
    """Its row. What it is about, and the message that carries it, are whoever's who calls."""
    actor, job_id = uow.actor, job_id or new_id()
    origin = {
        "ip": actor.ip,
        "user_agent": actor.user_agent,
        "session_id": actor.session_id,
        "client_id": actor.client_id,
        "request_id": actor.request_id,
        "token": actor.token,
    }
    job = BulkJob(
        id=job_id,
        kind=kind,
        label=label,
        parameters=parameters,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:120],
        origin=uow.ports.sealer.seal(orjson.dumps(origin), place_of_origin(job_id)),
        created_at=uow.now,
    )
    uow.session.add(job)
    uow.session.flush()
    return job
