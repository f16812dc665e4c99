"""Answers in the shape of GraphQL (section 7.1 of its specification), whatever went wrong on the way to one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
import structlog
from flask import Response, request
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from portal.http.context import request_id
from portal.http.problems import STATUS, of_status
from portal.infra.errors import DomainError, Invalid, Kind, Limited, Unavailable

log = structlog.get_logger(__name__)

JSON: Final = "application/json"
GRAPHQL_JSON: Final = "application/graphql-response+json"
INTERNAL: Final = "internal"
Told = dict[str, Any]
"""One error, as it is sent."""


def answer(body: Mapping[str, Any], *, status: int = 200) -> Response:
    """In the media type of GraphQL over HTTP, where the caller takes it."""
    wants_own = GRAPHQL_JSON in request.headers.get("Accept", "")
    response = Response(orjson.dumps(body), status=status, mimetype=GRAPHQL_JSON if wants_own else JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def refusal(errors: Sequence[Told], *, status: int) -> Response:
    """Nothing was begun: there is no `data` at all."""
    return answer({"errors": list(errors)}, status=status)


def told(message: str, code: str, **further: object) -> Told:
    """An error in words that a person may read, and with what finds it in the log."""
    return {"message": message, "extensions": {"code": code, **further, "trace_id": request_id()}}


def masked() -> Told:
    """What is said of any fault of ours."""
    words = of_status(500).message
    return told(words, INTERNAL)


def of_domain(error: DomainError) -> Told:
    """The words of the house. A form's field is named as the schema has it."""
    further: dict[str, object] = {}
    problems = error.fields if isinstance(error, Invalid) else ()
    named = error.field or (problems[0].field if problems else None)
    if named is not None:
        further["field"] = named
    if problems:
        further["problems"] = [
            {"field": one.field, "code": one.code, "message": one.message} for one in problems
        ]
    if isinstance(error, Limited | Unavailable):
        further["retry_after_seconds"] = error.retry_after_seconds
    return told(error.message, error.code, **further)


def of_fault(error: BaseException) -> Told:
    """A database that is away is a wait; anything else is our fault, and its text stays in the log."""
    if _is_away(error):
        log.error("database_unavailable", kind=type(error).__name__)
        return told(of_status(503).message, "unavailable", retry_after_seconds=3)
    log.error("unexpected_error", kind=type(error).__name__, exc_info=error)
    return masked()


def domain_refused(error: DomainError) -> Response:
    """A request that came to nothing, for a reason that somebody can mend."""
    status = 400 if error.kind is Kind.INVALID else STATUS[error.kind]
    response = refusal([of_domain(error)], status=status)
    for challenge in getattr(error, "challenges", ()):
        response.headers.add("WWW-Authenticate", challenge)
    if isinstance(error, Limited | Unavailable):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def http_refused(error: HTTPException) -> Response:
    """A request that is no GraphQL request."""
    status = error.code or 500
    response = refusal([told(_WORDS.get(status, of_status(status).message), f"http_{status}")], status=status)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def fault_refused(error: Exception) -> Response:
    """A request at which the portal failed."""
    one = of_fault(error)
    if one["extensions"]["code"] == INTERNAL:
        return refusal([one], status=500)
    response = refusal([one], status=503)
    response.headers["Retry-After"] = "3"
    return response


_WORDS: Final = {
    405: "Send a POST. Neither a query nor a mutation is ever taken from an address.",
    413: "The request is too large. Ask for less at once.",
    415: "Send application/json: a member “query”, and “variables” and “operationName” where they are needed.",
}


def _is_away(error: BaseException) -> bool:
    return isinstance(error, PoolTimeout) or (
        isinstance(error, SQLAlchemyError)
        and isinstance(error, DBAPIError)
        and (error.connection_invalidated or type(error).__name__ == "OperationalError")
    )
