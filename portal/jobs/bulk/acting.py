"""Who acts when a job does: whoever asked for it, from where they asked."""

from typing import Any
from uuid import UUID

import orjson

from portal.infra.actor import Actor, TokenUsed
from portal.infra.bulk import BulkJob
from portal.infra.bulk.sealing import place_of_origin
from portal.infra.crypto.sealing import SealBroken, Sealer


def actor_of(sealer: Sealer, job: BulkJob) -> Actor:
    """What is sealed of them is gone once the job is over, and with a lost key; then the name is all there is."""
    try:
        origin = sealer.open(job.origin or "", place_of_origin(job.id))
    except SealBroken:
        origin = b"{}"
    known: dict[str, Any] = orjson.loads(origin)
    return Actor(
        kind=job.actor_kind,
        id=job.actor_id,
        label=job.actor_label,
        ip=known.get("ip"),
        user_agent=known.get("user_agent"),
        session_id=_id(known.get("session_id")),
        client_id=_id(known.get("client_id")),
        request_id=known.get("request_id"),
        token=_token(known.get("token")),
    )


def _token(told: dict[str, Any] | None) -> TokenUsed | None:
    return TokenUsed(**(told | {"id": UUID(told["id"])})) if told else None


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None
