"""A client hands in its request before it sends the browser (RFC 9126), and gets one answer to it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.errors import RequestAnswered
from portal.grants.models import PushedRequest
from portal.grants.repository.pushed_requests import PushedRequests
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

PREFIX: Final = "urn:ietf:params:oauth:request_uri:"


def push_request(
    uow: UnitOfWork, client: ClientSnapshot, parameters: Mapping[str, Any], *, dpop_jkt: str | None
) -> str:
    """Keep a request that has been judged, for a short while; the reference to send the browser with."""
    row_id = new_id()
    issued = issue(TokenKind.PUSHED_REQUEST, row_id)
    uow.session.add(
        PushedRequest(
            id=row_id,
            digest=issued.digest,
            client_pk=client.id,
            parameters=dict(parameters),
            dpop_jkt=dpop_jkt,
            created_at=uow.now,
            expires_at=uow.now + timedelta(seconds=uow.ports.settings.request_uri_seconds),
        )
    )
    return f"{PREFIX}{issued.token}"


def use_up(uow: UnitOfWork, pushed_id: UUID | None) -> None:
    """The client is about to get its answer: code or error, there is no second one.

    Raises:
        RequestAnswered: another answer was faster.
    """
    if pushed_id is not None and not PushedRequests(uow.session).use_up(pushed_id, at=uow.now):
        raise RequestAnswered
