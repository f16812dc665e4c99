"""What every part of the OpenAPI document refers to: statuses in words, headers, errors, tokens."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from portal.api.inputs import JSON
from portal.clients.rules.api_scopes import WORDS

Document = dict[str, Any]

TOLD: Final[Mapping[int, str]] = {
    200: "Done; the answer says how it is now.",
    201: "Made. `Location` is its address.",
    204: "Done.",
    304: "It is as `If-None-Match` says.",
    400: "What was sent can't be used; `details` names each member.",
    401: "No token, or one that does not count. `WWW-Authenticate` says what would.",
    403: "The token lacks the scope, or the person the permission; `message` names it.",
    404: "There is no such thing, or none that the caller may know of: the two look alike.",
    409: "The state of the portal is against it; `message` says what.",
    412: "It has changed since the `ETag` in `If-Match` was given.",
    413: "The body is larger than 64 kB.",
    415: "The body is not sent as JSON.",
    422: "The `Idempotency-Key` came before, with something else.",
    429: "Too many calls. `Retry-After` says how many seconds to wait.",
    500: "A fault of the portal. Nothing was changed; `trace_id` finds the log line.",
    503: "The portal can't answer right now. `Retry-After` says when to try again.",
}


COMMON_HEADERS: Final = {
    name: {"$ref": f"#/components/headers/{name}"}
    for name in ("X-Request-ID", "RateLimit", "RateLimit-Policy")
}


def headers() -> Document:
    told = {
        "X-Request-ID": "The id of this call, in the logs and the audit log too.",
        "RateLimit": "How many calls are left (`r`), and in how many seconds the count starts anew (`t`).",
        "RateLimit-Policy": "How many calls (`q`) in how many seconds (`w`).",
        "Retry-After": "How many seconds to wait.",
        "Location": "The address of what was made.",
        "ETag": "The version of what is shown, for `If-Match` and `If-None-Match`.",
        "WWW-Authenticate": "What kind of token would be accepted (RFC 6750 section 3).",
    }
    return {name: {"description": about, "schema": {"type": "string"}} for name, about in told.items()}


def error_response(status: int) -> Document:
    said = dict(COMMON_HEADERS)
    for name, statuses in (("Retry-After", {429, 503}), ("WWW-Authenticate", {401})):
        if status in statuses:
            said[name] = {"$ref": f"#/components/headers/{name}"}
    schema = {"$ref": "#/components/schemas/ErrorResponse"}
    phrase = HTTPStatus(status).phrase
    return {
        "description": f"{phrase}. {TOLD[status]}",
        "headers": said,
        "content": {JSON: {"schema": schema}},
    }


def security_schemes(base_url: str) -> Document:
    return {
        "oauth2": {
            "type": "oauth2",
            "description": "An access token that a person's sign-in gave an app (RFC 9068).",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{base_url}/oauth2/authorize",
                    "tokenUrl": f"{base_url}/oauth2/token",
                    "refreshUrl": f"{base_url}/oauth2/token",
                    "scopes": {**WORDS},
                }
            },
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal access token, from the account's page of tokens. It has the same scopes.",
        },
    }
