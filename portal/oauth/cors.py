"""Which scripts in browsers may read answers of the protocol (Fetch standard): those of registered single-page apps.

Never with cookies, and never at the authorization endpoint, where a browser navigates (RFC 9700 section 2.6).
"""

from typing import Final

from flask import Response, request

from portal.http.context import current_portal

PREFLIGHT_SECONDS: Final = 600
ALLOWED_HEADERS: Final = "Authorization, Content-Type, DPoP"


def let_apps_read(response: Response) -> Response:
    """Allow the asking origin if an app is registered there."""
    origin = request.headers.get("Origin")
    if "Vary" in response.headers:
        response.vary.add("Origin")
    else:
        response.headers["Vary"] = "Origin"
    if origin and origin in current_portal().clients.browser_origins():
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "DPoP-Nonce, WWW-Authenticate, X-Request-ID"
    return response


def preflight(methods: str) -> Response:
    """Answer a browser that asks before it sends; the origin is judged by `let_apps_read`."""
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = methods
    response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response
