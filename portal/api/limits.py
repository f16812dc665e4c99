"""How often a token may call, said in every answer (draft-ietf-httpapi-ratelimit-headers)."""

from typing import Final

from flask import Response, after_this_request

from portal.api.operations import Operation
from portal.http.bearer import Bearer
from portal.http.context import client_ip, current_portal
from portal.http.throttles import note_throttled
from portal.infra.errors import Limited
from portal.infra.rate_limit import Throttled

NAME: Final = "api"


def count_call(operation: Operation, bearer: Bearer | None) -> None:
    """Count one call of whoever sent the token, or of the address where none was asked for.

    Raises:
        Limited: with the seconds to wait.
    """
    who = bearer.standing.token_id if bearer else client_ip() or "unknown"
    name = NAME if bearer else f"{NAME}_{operation.name}"
    limiter, rule = current_portal().ports.limiter, operation.rule
    outcome = limiter.hit(name, who, rule)
    left = limiter.left(name, who, rule)

    @after_this_request
    def tell(response: Response) -> Response:
        response.headers["RateLimit-Policy"] = f'"{name}";q={left.of};w={rule.seconds}'
        response.headers["RateLimit"] = f'"{name}";r={left.amount};t={left.seconds}'
        return response

    if isinstance(outcome, Throttled):
        note_throttled(name, who)
        seconds = outcome.retry_after_seconds
        raise Limited(f"Too many calls. Wait {seconds} seconds, then go on.", retry_after_seconds=seconds)
