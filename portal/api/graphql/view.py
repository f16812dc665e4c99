"""One request: read it, measure it, see who asks, execute it, and say nothing of what went wrong inside."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import structlog
from flask import Response, request
from graphql import DocumentNode, FieldNode, GraphQLError, OperationDefinitionNode
from strawberry.types.graphql import OperationType
from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge

from portal.api.graphql.answers import Told, answer, masked, of_domain, of_fault, refusal, told
from portal.api.graphql.context import Context
from portal.api.graphql.documents import Documents, Malformed
from portal.api.graphql.limits import Size
from portal.api.graphql.schema import core_of, schema
from portal.api.inputs import json_body
from portal.api.operations import API
from portal.http.bearer import Bearer, current_bearer, is_sent
from portal.http.context import client_ip, current_portal
from portal.http.throttles import throttle
from portal.infra.errors import DomainError, Forbidden, Invalid

log = structlog.get_logger(__name__)

MOST_BYTES: Final = 48 * 1024
MOST_VARIABLES: Final = 100
MOST_ERRORS: Final = 20
MOST_TOLD: Final = 10
_MEMBERS: Final = {"query", "variables", "operationName", "extensions"}
_TYPES: Final = (OperationType.QUERY, OperationType.MUTATION)


class IntrospectionClosed(Forbidden):
    """What there is to ask is told to whoever may ask."""

    code = "introspection_closed"

    def __init__(self) -> None:
        super().__init__("The schema is shown to whoever sends a token. It is documented, too.")


@dataclass(frozen=True, slots=True)
class Question:
    """What was sent."""

    text: str
    variables: dict[str, Any]
    operation: str | None


@cache
def documents() -> Documents:
    """Those of this process."""
    return Documents(core_of(schema()))


def respond() -> Response:
    """The answer, in the shape of GraphQL whatever comes."""
    if request.method != "POST":
        raise MethodNotAllowed(["POST"])
    asked = _asked()
    try:
        document, size = documents().prepare(asked.text, asked.variables, operation=asked.operation)
    except Malformed as malformed:
        return refusal(malformed.errors, status=400)
    bearer = current_bearer() if is_sent() else None
    _count(bearer)
    _check_introspection(size, bearer)
    with Context(bearer, document) as context:
        return _executed(asked, context)


def _asked() -> Question:
    """The one question of the body. A list of them (batching) is refused like anything else that is no object."""
    if (request.content_length or 0) > MOST_BYTES:
        raise RequestEntityTooLarge
    given = json_body()
    strange = sorted(given.keys() - _MEMBERS)
    if strange:
        raise Invalid(f"There is no member “{strange[0][:50]}” in a request.", code="request_invalid")
    text, variables, operation = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(text, str) or not text.strip():
        raise Invalid(
            "Send the question as text, in a member “query”.", field="query", code="request_invalid"
        )
    if not isinstance(variables, dict | None) or len(variables or {}) > MOST_VARIABLES:
        raise Invalid("Variables are an object.", field="variables", code="request_invalid")
    if not isinstance(operation, str | None):
        raise Invalid("The name of the operation is text.", field="operationName", code="request_invalid")
    return Question(text, variables or {}, operation or None)


def _count(bearer: Bearer | None) -> None:
    """One call, counted together with those of REST."""
    if bearer is not None:
        throttle("api", API, subject=bearer.standing.token_id)
    else:
        throttle("api_graphql", API, subject=client_ip())


def _check_introspection(size: Size, bearer: Bearer | None) -> None:
    allowed = current_portal().settings.graphql_introspection
    if size.introspects and (allowed == "nobody" or (allowed == "signed_in" and bearer is None)):
        raise IntrospectionClosed


def _executed(asked: Question, context: Context) -> Response:
    result = schema().execute_sync(
        asked.text,
        variable_values=asked.variables,
        context_value=context,
        operation_name=asked.operation,
        allowed_operation_types=_TYPES,
    )
    errors = [_told(error) for error in (result.errors or ())[:MOST_ERRORS]]
    log.info(
        "graphql_answered",
        fields=_roots(context.document),
        operation=(asked.operation or "")[:50],
        errors=[error["extensions"]["code"] for error in errors],
    )
    if result.data is None and result.errors and all(error.path is None for error in result.errors):
        return refusal(errors, status=400)
    return answer({"data": result.data, **({"errors": errors} if errors else {})})


def _roots(document: DocumentNode) -> list[str]:
    """What was asked for, by the names of the schema: all requests have the one address. Fragments stay unread."""
    operations = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    selections = (one for operation in operations for one in operation.selection_set.selections)
    return [one.name.value for one in selections if isinstance(one, FieldNode)][:MOST_TOLD]


def _told(error: GraphQLError) -> Told:
    """Words of the house pass, and those about variables, which nobody has begun to use; nothing else does."""
    cause = error.original_error
    if isinstance(cause, DomainError):
        one = of_domain(cause)
    elif cause is not None and not isinstance(cause, GraphQLError):
        one = of_fault(cause)
    elif error.path is None:
        one = told(error.message.partition(" Did you mean")[0][:300], "variables_invalid")
    else:
        log.error("graphql_answer_broken", field=str(error.path[0]))
        one = masked()
    if error.path is not None:
        one["path"] = list(error.path)
    if error.locations:
        one["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return one
