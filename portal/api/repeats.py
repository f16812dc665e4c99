"""Creates that may be sent twice: what `Idempotency-Key` means for an operation."""

from collections.abc import Callable
from typing import Final

from flask import Response, request

from portal.api.operations import Operation
from portal.http.bearer import Bearer
from portal.infra.idempotency import Answer, idempotent, read_key, request_digest
from portal.infra.unit_of_work import UnitOfWork

HEADER: Final = "Idempotency-Key"
_KEPT: Final = ("Content-Type", "ETag", "Location")
"""Headers that belong to the answer, and not to one delivery of it."""


def once(uow: UnitOfWork, operation: Operation, bearer: Bearer, do: Callable[[], Response]) -> Response:
    """Do it, or answer as before.

    Raises:
        KeyMalformed, KeyReused, StillRunning, AnswerLost
    """
    key = read_key(request.headers.get(HEADER)) if operation.creates else None
    if key is None:
        return do()
    digest = request_digest(request.method, request.full_path, request.get_data())
    repeatable = idempotent(uow, key=key, operation=operation.name, actor=bearer.actor, request_digest=digest)
    if repeatable.answer is not None:
        return _again(repeatable.answer)
    response = do()
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    repeatable.keep(Answer(status=response.status_code, headers=headers, body=response.get_data()))
    return response


def _again(answer: Answer) -> Response:
    return Response(answer.body, status=answer.status, headers=dict(answer.headers))
